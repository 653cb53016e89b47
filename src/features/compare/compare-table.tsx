import type { CompareRow, DeviceComparison } from '#contract/device-compare'
import { formatCount } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { Status } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { groupWords, placeInFleet, valueText } from './compare-words'
import { SpreadTrack } from './spread-track'

type CompareTableProps = {
  group: CompareRow['group']
  rows: readonly CompareRow[]
  against: DeviceComparison['against']
  days: number
}

function Value({ row, of }: { row: CompareRow; of: 'own' | 'other' }) {
  const value = row[of]
  if (value === null) return <span className="text-ink-muted">none</span>
  return (
    <bdi
      className={row.unit === 'text' ? 'break-all' : 'tabular-nums'}
      title={row.group === 'services' ? String(value) : undefined}
    >
      {valueText(value, row)}
    </bdi>
  )
}

/** One group of a comparison, each value beside the other. */
export function CompareTable({ group, rows, against, days }: CompareTableProps) {
  const title =
    group === 'events' ? `Events of the last ${days === 1 ? '24 hours' : '7 days'}` : groupWords[group]
  const isNumeric = group === 'metrics' || group === 'events'
  return (
    <Panel title={title} isFlush>
      <Table label={title}>
        <thead>
          <tr>
            <HeaderCell>{groupWords[group]}</HeaderCell>
            <HeaderCell>This device</HeaderCell>
            <HeaderCell>
              {against.kind === 'device' ? (
                <bdi>{against.name}</bdi>
              ) : isNumeric ? (
                'Median of the fleet'
              ) : group === 'variables' ? (
                'Fleet'
              ) : (
                'Most of the fleet'
              )}
            </HeaderCell>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <Cell className="align-top">
                <span className="flex flex-wrap items-center gap-x-2">
                  <bdi className="break-all">{row.label}</bdi>
                  {row.isDifferent && <Status tone="attention">differs</Status>}
                </span>
              </Cell>
              <Cell className="align-top">
                <Value row={row} of="own" />
                {row.spread !== null && (
                  <>
                    <SpreadTrack row={row} />
                    <span className="text-ink-muted block text-[13px]">{placeInFleet(row)}</span>
                  </>
                )}
              </Cell>
              <Cell className="align-top">
                <Value row={row} of="other" />
                {row.share !== null && (
                  <span className="text-ink-muted block text-[13px] tabular-nums">
                    {formatCount(row.share.devices)} of {formatCount(row.share.of)}
                  </span>
                )}
                {row.spread !== null && (
                  <span className="text-ink-muted block text-[13px] tabular-nums">
                    most from {valueText(row.spread.low, row)} to {valueText(row.spread.high, row)}
                  </span>
                )}
              </Cell>
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  )
}
