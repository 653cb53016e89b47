import { useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { useId } from 'react'
import { Link } from 'react-router'
import { z } from 'zod'
import { compareGroups, type DeviceComparison } from '#contract/device-compare'
import { deviceUuid } from '#contract/query'
import { formatCount, formatNoun } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { Button } from '@/ui/button'
import { Checkbox } from '@/ui/checkbox'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { Segments } from '@/ui/segments'
import { ComparePicker } from './compare-picker'
import { CompareTable } from './compare-table'
import { differenceInWords } from './compare-words'
import { comparisonQuery } from './compare.queries'

const search = z.object({
  with: deviceUuid.optional(),
  days: z.enum(['1', '7']).default('1'),
  all: z.stringbool().default(false),
})

/** A device beside its fleet or another device; what differs is said first. */
export function DeviceCompare({ uuid }: { uuid: string }) {
  const [{ with: other, days, all }, update] = useSearchState(search)
  const query = useQuery(comparisonQuery(uuid, other, days === '1' ? 1 : 7))
  const against = query.data?.against
  const allId = useId()
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="min-w-0 break-words max-sm:w-full">
          Compared with{' '}
          {against === undefined ? (
            '…'
          ) : against.kind === 'fleet' ? (
            <>
              its fleet <bdi className="font-medium">{against.name}</bdi>,{' '}
              {formatNoun(against.devices, 'device')}
            </>
          ) : (
            <>
              <Link to={`/devices/${against.uuid}`} className="text-accent-ink font-medium hover:underline">
                <bdi>{against.name}</bdi>
              </Link>{' '}
              of <bdi>{against.fleetName}</bdi>
            </>
          )}
        </span>
        <ComparePicker
          label={other === undefined ? 'Compare with a device…' : 'Another device…'}
          ownUuid={uuid}
          onPick={(picked) => update({ with: picked })}
        />
        {other !== undefined && (
          <Button onClick={() => update({ with: undefined })}>Compare with its fleet</Button>
        )}
        <Segments
          label="Events of"
          options={[
            { value: '1', label: '24 hours' },
            { value: '7', label: '7 days' },
          ]}
          value={days}
          onChange={(next) => update({ days: next }, { replace: true })}
        />
        <label htmlFor={allId} className="flex items-center gap-2">
          <Checkbox
            id={allId}
            checked={all}
            onChange={(event) => update({ all: event.target.checked }, { replace: true })}
          />
          Show what is the same, too
        </label>
      </div>
      <QueryView query={query} what="the comparison">
        {(comparison) => <Comparison comparison={comparison} days={Number(days)} isAll={all} />}
      </QueryView>
    </div>
  )
}

type ComparisonProps = { comparison: DeviceComparison; days: number; isAll: boolean }

function Comparison({ comparison, days, isAll }: ComparisonProps) {
  const { against, rows, hasVariables } = comparison
  const different = rows.filter((row) => row.isDifferent)
  return (
    <>
      <Panel title={different.length === 0 ? 'Nothing differs' : formatNoun(different.length, 'difference')}>
        {different.length === 0 ? (
          <p className="text-ok flex items-center gap-1.5">
            <CircleCheck className="size-4" aria-hidden />
            {against.kind === 'fleet'
              ? 'The device is like most of its fleet in all that is compared.'
              : 'The two are alike in all that is compared.'}
          </p>
        ) : (
          <ul aria-label="Differences" className="list-disc space-y-1 pl-5 break-words">
            {different.map((row) => (
              <li key={`${row.group} ${row.label}`}>
                <bdi>{differenceInWords(row, against)}</bdi>
              </li>
            ))}
          </ul>
        )}
        {!hasVariables && (
          <p className="text-ink-muted mt-2 text-[13px]">Variables are compared for the role support.</p>
        )}
        {against.kind === 'fleet' && against.sampled < against.devices && (
          <p className="text-ink-muted mt-2 text-[13px]">
            Services, tags and events of the fleet are those of {formatCount(against.sampled)} of its devices,
            drawn evenly; all else is of all of them.
          </p>
        )}
      </Panel>
      {compareGroups.map((group) => {
        const own = rows.filter(
          (row) => row.group === group && (isAll || row.isDifferent || row.spread !== null),
        )
        if (own.length === 0) return null
        const sorted = [...own].sort((a, b) => Number(b.isDifferent) - Number(a.isDifferent))
        return <CompareTable key={group} group={group} rows={sorted} against={against} days={days} />
      })}
    </>
  )
}
