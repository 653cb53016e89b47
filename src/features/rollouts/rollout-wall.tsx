import { useNavigate } from 'react-router'
import {
  rolloutDeviceStates,
  type RolloutCell,
  type RolloutDetail,
  type RolloutDeviceState,
} from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutFillVariable } from '@/domain/rollout-states'
import { useLiveQuery } from '@/live/use-live-query'
import { CellWall } from '@/ui/cell-wall'
import type { CellLook } from '@/ui/cell-wall-cell'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { rolloutQueries } from './rollouts.queries'
import { WallLegend, wallSigns } from './wall-legend'

const stateOf = (cell: RolloutCell | undefined): RolloutDeviceState =>
  rolloutDeviceStates[cell?.[2] ?? 0] ?? 'waiting'

/** The state, how full the cell is in percent, and whether it stands back: 4, 7 and 1 bits. */
const codeOf = (cell: RolloutCell | undefined, lit: RolloutDeviceState | undefined) =>
  ((cell?.[2] ?? 0) << 8) | ((cell?.[4] ?? 100) << 1) | (lit === undefined || stateOf(cell) === lit ? 1 : 0)

function lookOf(code: number): CellLook {
  const state = rolloutDeviceStates[code >> 8] ?? 'waiting'
  return {
    fill: rolloutFillVariable(state),
    level: ((code >> 1) & 127) / 100,
    sign: wallSigns[state] ?? null,
    isLit: (code & 1) === 1,
  }
}

type RolloutWallProps = {
  rollout: RolloutDetail
  lit: RolloutDeviceState | undefined
  onLit: (state: RolloutDeviceState | undefined) => void
}

/**
 * Every device of the rollout as a cell in the order of offers, coloured by state; a download fills it from below. The
 * list of devices below is the same in words.
 */
export function RolloutWall({ rollout, lit, onLit }: RolloutWallProps) {
  const navigate = useNavigate()
  const query = useLiveQuery(rolloutQueries.wall(rollout.id))
  const textOf = (cell: RolloutCell | undefined) => {
    if (!cell) return ''
    const phase = rollout.phases[cell[3]]
    return [
      cell[1],
      `${rolloutDeviceWords[stateOf(cell)].label}${cell[4] === null ? '' : ` ${cell[4]} %`}`,
      ...(rollout.phases.length > 1 ? [`phase ${cell[3] + 1}${phase ? ` ${phase.name}` : ''}`] : []),
    ].join(' · ')
  }
  return (
    <Panel
      title="Wall"
      hint="A cell a device, in the order in which they are offered. Point at one or use the arrow keys; a click opens it."
    >
      <QueryView query={query} what="the wall">
        {({ cells, cursor }) => (
          <>
            <WallLegend cells={cells} lit={lit} onLit={onLit} />
            <CellWall
              label="Devices of the rollout"
              count={cells.length}
              version={`${cursor} ${lit ?? ''}`}
              codeOf={(index) => codeOf(cells[index], lit)}
              lookOf={lookOf}
              textOf={(index) => textOf(cells[index])}
              onOpen={(index) => void navigate(`/devices/${cells[index]?.[0] ?? ''}`)}
            />
          </>
        )}
      </QueryView>
    </Panel>
  )
}
