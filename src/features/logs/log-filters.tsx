import { useQuery } from '@tanstack/react-query'
import { Regex } from 'lucide-react'
import { useState } from 'react'
import { logLevel, logLevels } from '#contract/log'
import type { SavedLogSearch } from '#contract/log-search'
import { logLevelWords } from '@/domain/device-words'
import { ApiError } from '@/lib/api'
import { cn } from '@/lib/cn'
import { Button, buttonClass } from '@/ui/button'
import { Select } from '@/ui/field'
import { FilterMenu } from '@/ui/filter-menu'
import { SearchInput } from '@/ui/search-input'
import { DevicePicker } from './device-picker'
import { FieldFilter } from './field-filter'
import { countFilters, noFilters, savedSearchOf, type LogScope, type LogSearch } from './log-search'
import { logQueries } from './logs.queries'
import { RangePicker } from './range-picker'
import { SavedQueries } from './saved-queries'

type LogFiltersProps = {
  search: LogSearch
  scope: LogScope
  services: readonly string[]
  deviceNames: ReadonlyMap<string, string>
  /** Why the search was refused, if it was. */
  error: Error | null
  onApply: (search: SavedLogSearch) => void
  onChange: (change: Partial<LogSearch>) => void
}

const levelOptions = logLevels.map((level) => ({ value: level, label: logLevelWords[level].label }))

/** Why a field of the search was refused, when that is what is wrong. */
function refusalOf(error: Error | null, name: string): string | null {
  if (!(error instanceof ApiError)) return null
  const field = error.fields.find((one) => one.field === name)
  return field ? `This ${field.reason}` : null
}

/** Which lines are shown. */
export function LogFilters(props: LogFiltersProps) {
  const { search, scope, services, deviceNames, error, onChange } = props
  const isForMany = scope.deviceUuid === undefined
  const filterCount = countFilters(search, scope)
  return (
    <div className="flex flex-wrap items-start gap-2">
      <TextFilter search={search} error={refusalOf(error, 'regex')} onChange={onChange} />
      <div className="-m-1 flex items-start gap-2 p-1 max-sm:w-[calc(100%+0.5rem)] max-sm:overflow-x-auto sm:flex-wrap">
        <RangePicker
          value={search}
          onChange={(range) => onChange({ ...range, at: undefined, line: undefined })}
        />
        {isForMany && scope.fleetId === undefined && (
          <FleetSelect
            fleetId={search.fleetId}
            onChange={(fleetId) => onChange({ fleetId, device: [], service: [] })}
          />
        )}
        {isForMany && (
          <DevicePicker
            selected={search.device}
            names={deviceNames}
            fleetId={scope.fleetId ?? search.fleetId ?? null}
            onChange={(device) => onChange({ device })}
          />
        )}
        <FilterMenu
          label="Services"
          options={services.map((service) => ({ value: service, label: service }))}
          selected={search.service}
          onChange={(service) => onChange({ service, ...(service.length > 0 ? { source: 'all' } : {}) })}
        />
        <FilterMenu
          label="Levels"
          options={levelOptions}
          selected={search.level}
          onChange={(levels) =>
            onChange({ level: levels.flatMap((value) => logLevel.safeParse(value).data ?? []) })
          }
        />
        <Select
          aria-label="Where lines come from"
          value={search.source}
          className="w-auto! shrink-0"
          onChange={(event) => {
            const source =
              event.target.value === 'system' || event.target.value === 'services'
                ? event.target.value
                : 'all'
            onChange({ source, ...(source === 'system' ? { service: [] } : {}) })
          }}
        >
          <option value="all">Services and system</option>
          <option value="services">Services only</option>
          <option value="system">System only</option>
        </Select>
        <button
          type="button"
          aria-pressed={search.stderr === 'only'}
          onClick={() => onChange({ stderr: search.stderr === 'only' ? 'all' : 'only' })}
          className={cn(
            buttonClass(),
            search.stderr === 'only' && 'border-accent bg-accent-soft! text-accent-ink!',
          )}
        >
          stderr only
        </button>
        <FieldFilter
          value={search.fields}
          error={refusalOf(error, 'fields')}
          onChange={(fields) => onChange({ fields })}
        />
        <SavedQueries current={savedSearchOf(search, scope)} onApply={props.onApply} />
        {filterCount > 0 && (
          <Button variant="ghost" onClick={() => onChange(noFilters)}>
            Clear filters
          </Button>
        )}
      </div>
    </div>
  )
}

type TextFilterProps = Pick<LogFiltersProps, 'search' | 'onChange'> & { error: string | null }

/** One field for a text or, with the button pressed, a regular expression. */
function TextFilter({ search, error, onChange }: TextFilterProps) {
  const [isWanted, setWanted] = useState(false)
  const isRegex = search.regex !== '' || (isWanted && search.text === '')
  const change = (value: string, asRegex: boolean) =>
    onChange(asRegex ? { regex: value, text: '' } : { text: value, regex: '' })
  const value = isRegex ? search.regex : search.text
  return (
    <div className="min-w-0 flex-1 basis-60 sm:max-w-96">
      <div className="flex gap-1">
        <SearchInput
          label={isRegex ? 'Search by regular expression' : 'Search the text'}
          placeholder={isRegex ? 'Regular expression (RE2)' : 'Search the text'}
          value={value}
          error={error ?? undefined}
          onChange={(next) => change(next, isRegex)}
          className="flex-1"
        />
        <button
          type="button"
          aria-label="Regular expression"
          aria-pressed={isRegex}
          title={
            isRegex
              ? 'The search is a regular expression (RE2 syntax, case ignored)'
              : 'Search by regular expression'
          }
          onClick={() => {
            setWanted(!isRegex)
            change(value, !isRegex)
          }}
          className={cn(
            buttonClass('secondary'),
            'w-9 px-0!',
            isRegex && 'border-accent bg-accent-soft! text-accent-ink!',
          )}
        >
          <Regex className="size-4" aria-hidden />
        </button>
      </div>
    </div>
  )
}

type FleetSelectProps = { fleetId: number | undefined; onChange: (fleetId: number | undefined) => void }
function FleetSelect({ fleetId, onChange }: FleetSelectProps) {
  const fleets = useQuery(logQueries.fleets())
  const known = fleets.data?.fleets ?? []
  return (
    <Select
      aria-label="Fleet"
      value={fleetId ?? ''}
      className="w-auto! max-w-48 shrink-0"
      onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
    >
      <option value="">All fleets</option>
      {known.map((fleet) => (
        <option key={fleet.id} value={fleet.id}>
          {fleet.name}
        </option>
      ))}
      {fleetId !== undefined && !known.some((fleet) => fleet.id === fleetId) && (
        <option value={fleetId}>{`Fleet ${fleetId}`}</option>
      )}
    </Select>
  )
}
