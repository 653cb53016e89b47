import type { RolloutReport } from '#contract/rollout-report'
import { formatInstant } from '@/lib/time'
import { Panel } from '@/ui/panel'
import { Cell, HeaderCell, Table } from '@/ui/table'

/** Who did what and what the rollout decided by itself, from its start. */
export function ReportTimeline({ report: { timeline, isTimelineCut } }: { report: RolloutReport }) {
  return (
    <Panel
      title="Timeline"
      hint={
        isTimelineCut ? `The last ${timeline.length} entries; older ones are in the audit log.` : undefined
      }
      isFlush
    >
      <Table label="Timeline">
        <thead>
          <tr>
            <HeaderCell>When</HeaderCell>
            <HeaderCell>Who</HeaderCell>
            <HeaderCell>What</HeaderCell>
          </tr>
        </thead>
        <tbody>
          {timeline.map((entry) => (
            <tr key={entry.id}>
              <Cell className="align-top whitespace-nowrap tabular-nums">{formatInstant(entry.at)}</Cell>
              <Cell className="align-top break-words">{entry.actor}</Cell>
              <Cell className="min-w-56 align-top break-words">{entry.summary}</Cell>
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  )
}
