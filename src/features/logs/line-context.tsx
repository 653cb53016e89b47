import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { LogLine } from '#contract/log'
import { formatNoun } from '@/lib/format'
import { formatDay } from '@/lib/time'
import { QueryView } from '@/ui/query-view'
import { Select } from '@/ui/field'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { LogRow, type RowLook } from './log-row'
import { logQueries } from './logs.queries'

const offered = [5, 10, 20, 50, 100, 200, 500]

type LineContextProps = {
  lineId: number
  /** So many before and as many after. */
  count: number
  onCount: (count: number) => void
  onOpen: (line: LogLine) => void
}

/** The lines of the same device around one, whatever the filters say. */
export function LineContext({ lineId, count, onCount, onOpen }: LineContextProps) {
  const query = useQuery(logQueries.context(lineId, count, count))
  const isNarrow = useIsNarrow()
  const own = useRef<HTMLDivElement>(null)
  const length = (query.data?.before.length ?? 0) + (query.data?.after.length ?? 0)
  useEffect(() => {
    // It answers a promise in newer browsers, which an effect must not.
    own.current?.scrollIntoView({ block: 'center' })
  }, [lineId, length])
  const look: RowLook = {
    isWrapped: true,
    isStacked: isNarrow,
    clock: 'device',
    hasDevice: false,
    hasService: true,
    hasFields: false,
    today: formatDay(new Date()),
  }
  return (
    <section aria-label="Context">
      <div className="mb-1 flex items-center justify-between gap-2">
        <h3 className="text-ink-soft text-[13px] font-medium">Lines of this device around it</h3>
        <Select
          aria-label="Lines before and after"
          className="h-7! w-auto! text-[13px]"
          value={count}
          onChange={(event) => onCount(Number(event.target.value))}
        >
          {[...new Set([...offered, count])]
            .sort((a, b) => a - b)
            .map((one) => (
              <option key={one} value={one}>
                {one} before and after
              </option>
            ))}
        </Select>
      </div>
      <QueryView query={query} what="the lines around it">
        {({ before, line, after, hasOlder, hasNewer }) => (
          <>
            {/* The keyboard walks the list itself; this is a short cut. */}
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events */}
            <div
              role="group"
              aria-label="Lines around it"
              // A box that scrolls must be reachable by keyboard.
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              tabIndex={0}
              className="border-line bg-panel max-h-[40dvh] overflow-y-auto rounded-md border py-1 font-mono text-[12.5px] leading-5"
              onClick={({ target }) => {
                const opener = target instanceof Element ? target.closest('[data-opens]') : null
                const id = Number(opener?.closest('[data-line]')?.getAttribute('data-line'))
                const opened = [...before, ...after].find((one) => one.id === id)
                if (opened) onOpen(opened)
              }}
            >
              {[...before, line, ...after].map((one) => (
                <div key={one.id} data-line={one.id} ref={one.id === line.id ? own : undefined}>
                  <LogRow line={one} look={look} matcher={null} isMarked={one.id === line.id} />
                </div>
              ))}
            </div>
            <p className="text-ink-muted mt-1 text-[13px]">
              {formatNoun(before.length, 'line')} before, {after.length} after
              {!hasOlder && ' · the stored log begins here'}
              {!hasNewer && ' · nothing newer yet'}
            </p>
          </>
        )}
      </QueryView>
    </section>
  )
}
