import { Link } from 'react-router'
import type { DeviceTimeline } from '#contract/timeline'
import { Status } from '@/ui/status'
import { logsOf } from './lane-track'
import { markTone, whenOf } from './mark-words'

const MAX_ROWS = 500

/** The same as a table, newest first, for whoever reads rather than looks. */
export function TimelineTable({ uuid, timeline }: { uuid: string; timeline: DeviceTimeline }) {
  const rows = timeline.lanes
    .flatMap((lane) => lane.marks.map((mark) => ({ lane, mark })))
    .sort((a, b) => Date.parse(b.mark.from) - Date.parse(a.mark.from))
  return (
    <div className="relative overflow-x-auto">
      <table className="w-full text-left text-[13px]">
        <caption className="sr-only">What happened in this range, newest first</caption>
        <thead className="text-ink-muted">
          <tr className="border-line border-b">
            <th scope="col" className="px-4 py-2 font-medium">
              When
            </th>
            <th scope="col" className="px-2 py-2 font-medium">
              Lane
            </th>
            <th scope="col" className="px-2 py-2 font-medium">
              What
            </th>
            <th scope="col" className="px-4 py-2 font-medium">
              By
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map(({ lane, mark }) => (
            <tr
              key={`${lane.id} ${mark.from} ${mark.to} ${mark.label}`}
              className="border-line border-b align-top"
            >
              <td className="px-4 py-1.5 tabular-nums">
                <Link to={logsOf(uuid, mark)} className="text-accent-ink hover:underline">
                  {whenOf(mark)}
                </Link>
              </td>
              <td className="px-2 py-1.5">{lane.name}</td>
              <td className="max-w-[40ch] min-w-[16ch] px-2 py-1.5 break-words">
                <Status tone={markTone[mark.tone]}>{mark.label}</Status>
                {mark.detail.map((line, index) => (
                  <p key={index} className="text-ink-muted">
                    {line}
                  </p>
                ))}
              </td>
              <td className="px-4 py-1.5">{mark.actor ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MAX_ROWS && (
        <p className="text-ink-muted p-3 text-[13px]">
          The newest {MAX_ROWS} of {rows.length}; zoom in to read the others.
        </p>
      )}
    </div>
  )
}
