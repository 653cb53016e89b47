import type { RolloutReport } from '#contract/rollout-report'
import { rolloutDeviceWords } from '@/domain/device-words'
import { formatCount } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { Cell, HeaderCell, Table } from '@/ui/table'

/** Why devices failed, most frequent first. */
export function ReportFailures({ report: { rollout } }: { report: RolloutReport }) {
  return (
    <Panel title="Failures by reason" isFlush>
      {rollout.failures.length === 0 ? (
        <p className="p-4">No device has failed.</p>
      ) : (
        <Table label="Failures by reason">
          <thead>
            <tr>
              <HeaderCell className="text-right">Devices</HeaderCell>
              <HeaderCell>Reason</HeaderCell>
              <HeaderCell>For example</HeaderCell>
            </tr>
          </thead>
          <tbody>
            {rollout.failures.map((failure) => (
              <tr key={failure.key}>
                <Cell className="text-right align-top tabular-nums">{formatCount(failure.count)}</Cell>
                <Cell className="min-w-48 align-top break-words">{failure.reason}</Cell>
                <Cell className="text-ink-soft min-w-56 align-top text-[13px] break-words">
                  {failure.examples.map((device) => device.name).join(', ')}
                </Cell>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  )
}

/** Devices that do not have the release for good, by state and reason, with some of their names. */
export function ReportNotUpdated({ report: { notUpdated } }: { report: RolloutReport }) {
  return (
    <Panel
      title="Devices not updated"
      hint="By state and reason, with the first names; the CSV has every device."
      isFlush
    >
      {notUpdated.length === 0 ? (
        <p className="p-4">Every device is updated.</p>
      ) : (
        <Table label="Devices not updated">
          <thead>
            <tr>
              <HeaderCell className="text-right">Devices</HeaderCell>
              <HeaderCell>State</HeaderCell>
              <HeaderCell>Reason</HeaderCell>
              <HeaderCell>Names</HeaderCell>
            </tr>
          </thead>
          <tbody>
            {notUpdated.map((group) => (
              <tr key={`${group.state} ${group.reason ?? ''}`}>
                <Cell className="text-right align-top tabular-nums">{formatCount(group.count)}</Cell>
                <Cell className="align-top whitespace-nowrap">{rolloutDeviceWords[group.state].label}</Cell>
                <Cell className="min-w-40 align-top break-words">{group.reason ?? '–'}</Cell>
                <Cell className="text-ink-soft min-w-56 align-top text-[13px] break-words">
                  {group.devices.map((device) => device.name).join(', ')}
                  {group.count > group.devices.length &&
                    ` and ${formatCount(group.count - group.devices.length)} more`}
                </Cell>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  )
}
