import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { formatNoun } from '@/lib/format'
import { Checkbox } from '@/ui/checkbox'
import { IconButton } from '@/ui/icon-button'
import { SearchInput } from '@/ui/search-input'
import { ErrorState, LoadingState } from '@/ui/states'
import type { PlanTarget } from './plan-part'
import { rolloutQueries } from './rollouts.queries'

/** More names than these make an address too long for the page; the API takes 1,000. */
const MOST_NAMED = 200

type PinnedChoiceProps = {
  target: PlanTarget
  chosen: readonly string[]
  onChange: (uuids: string[]) => void
}

/** Pinned devices that take part by name: searched among those of the target set. */
export function PinnedChoice({ target, chosen, onChange }: PinnedChoiceProps) {
  const [q, setQuery] = useState('')
  const query = useQuery({
    ...rolloutQueries.pinned(target, q.trim()),
    placeholderData: keepPreviousData,
  })
  const isFull = chosen.length >= MOST_NAMED
  const rows = query.data?.rows ?? []
  const toggle = (uuid: string) =>
    onChange(chosen.includes(uuid) ? chosen.filter((one) => one !== uuid) : [...chosen, uuid])
  // Chosen before, and not among those that the search shows.
  const others = chosen.filter((uuid) => !rows.some((row) => row.uuid === uuid))
  return (
    <fieldset className="space-y-2">
      <legend className="font-medium">Pinned devices that take part</legend>
      <p className="text-ink-muted text-[13px]">
        The others keep their pin. Rolling back gives these their old pin again.{' '}
        <span className="tabular-nums">{formatNoun(chosen.length, 'device')} chosen.</span>
        {isFull && ` No more than ${MOST_NAMED} here; the API takes 1,000.`}
      </p>
      <SearchInput
        label="Search pinned devices"
        placeholder="Name or UUID"
        value={q}
        onChange={setQuery}
        className="w-full sm:w-72"
      />
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <LoadingState what="pinned devices" />
      ) : (
        <ul
          aria-label="Pinned devices"
          className="border-line divide-line max-h-56 divide-y overflow-y-auto rounded-md border"
        >
          {rows.length === 0 && (
            <li className="text-ink-muted px-3 py-2">
              {q.trim() === '' ? 'No device of the target set is pinned.' : 'No pinned device matches.'}
            </li>
          )}
          {rows.map((row) => (
            <li key={row.uuid}>
              <label className="flex items-center gap-2 px-3 py-1.5">
                <Checkbox
                  checked={chosen.includes(row.uuid)}
                  disabled={isFull && !chosen.includes(row.uuid)}
                  onChange={() => toggle(row.uuid)}
                />
                <span className="min-w-0 flex-1 truncate">{row.name}</span>
                <span className="text-ink-muted text-[13px]">
                  {row.targetRelease === null ? 'pinned' : `pinned to ${row.targetRelease.semver}`}
                </span>
              </label>
            </li>
          ))}
          {query.data.total > rows.length && (
            <li className="text-ink-muted px-3 py-2 text-[13px] tabular-nums">
              {formatNoun(query.data.total - rows.length, 'more device')}: search to find them.
            </li>
          )}
        </ul>
      )}
      {others.length > 0 && (
        <ul aria-label="Chosen before" className="space-y-1 text-[13px]">
          {others.map((uuid) => (
            <li key={uuid} className="flex items-center gap-2">
              <span className="min-w-0 truncate">{uuid}</span>
              <IconButton
                label={`Leave ${uuid} out`}
                icon={<X className="size-4" aria-hidden />}
                onClick={() => toggle(uuid)}
              />
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  )
}
