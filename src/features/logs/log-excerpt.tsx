import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { formatNoun } from '@/lib/format'
import { formatDay, formatInstant } from '@/lib/time'
import { QueryView } from '@/ui/query-view'
import { useIsNarrow } from '@/ui/use-is-narrow'
import './ansi.css'
import { logQueries } from './logs.queries'
import { LogRow, type RowLook } from './log-row'

const boxClass =
  'border-line bg-panel max-h-[50dvh] overflow-y-auto rounded-md border py-1 font-mono text-[12.5px] leading-5'

type LogExcerptProps = {
  deviceUuid: string
  /** What the lines are around; by the gateway's clock. */
  at: string
  /** What happened then, said between the lines: `Failed`. */
  what: string
}

/** The last lines of a device before a moment and the first after it, with the way to the whole log at that time. */
export function LogExcerpt({ deviceUuid, at, what }: LogExcerptProps) {
  const isNarrow = useIsNarrow()
  const query = useQuery(logQueries.excerpt(deviceUuid, at))
  const look: RowLook = {
    isWrapped: true,
    isStacked: isNarrow,
    clock: 'received',
    hasDevice: false,
    hasService: true,
    hasFields: false,
    today: formatDay(new Date()),
  }
  return (
    <QueryView query={query} what="log lines">
      {({ lines }) => {
        const before = lines.filter((line) => Date.parse(line.receivedAt) < Date.parse(at))
        const after = lines.slice(before.length)
        return (
          <>
            {lines.length === 0 ? (
              <p className="text-ink-muted py-6 text-center">
                The device has sent no log lines that are still kept.
              </p>
            ) : (
              // A box that scrolls must be reachable by keyboard.
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              <div role="group" aria-label="Log lines" tabIndex={0} className={boxClass}>
                {before.map((line) => (
                  <LogRow key={line.id} line={line} look={look} matcher={null} isMarked={false} />
                ))}
                <p className="bg-attention-soft text-attention my-1 px-3 font-sans">
                  {what} {formatInstant(at)}
                </p>
                {after.map((line) => (
                  <LogRow key={line.id} line={line} look={look} matcher={null} isMarked={false} />
                ))}
              </div>
            )}
            <p className="text-ink-muted mt-2 flex flex-wrap justify-between gap-2 text-[13px]">
              <span>{formatNoun(lines.length, 'line')}, times by the gateway’s clock</span>
              <Link
                to={`/devices/${deviceUuid}/logs?at=${encodeURIComponent(at)}`}
                className="text-accent-ink underline underline-offset-2"
              >
                Whole log at that time
              </Link>
            </p>
          </>
        )
      }}
    </QueryView>
  )
}
