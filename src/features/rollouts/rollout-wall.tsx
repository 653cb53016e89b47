import { useNavigate } from 'react-router'
import { rolloutDeviceStates } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutFillVariable } from '@/domain/rollout-states'
import { useLiveQuery } from '@/live/use-live-query'
import { CellWall } from '@/ui/cell-wall'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { rolloutQueries } from './rollouts.queries'

/** Every device of the rollout as a cell in the order of offers, coloured by state; a download fills it from below. */
export function RolloutWall({ rolloutId }: { rolloutId: number }) {
  const navigate = useNavigate()
  const query = useLiveQuery(rolloutQueries.wall(rolloutId))
  return (
    <Panel title="Wall" hint="A cell a device, in the order in which they are offered; colours as above">
      <QueryView query={query} what="the wall">
        {({ cells, cursor }) => (
          <CellWall
            label="Devices of the rollout"
            count={cells.length}
            version={cursor}
            fillOf={(index) => rolloutFillVariable(rolloutDeviceStates[cells[index]?.[2] ?? 0] ?? 'waiting')}
            levelOf={(index) => {
              const percent = cells[index]?.[4] ?? null
              return percent === null ? 1 : percent / 100
            }}
            textOf={(index) => {
              const cell = cells[index]
              if (!cell) return ''
              const state = rolloutDeviceWords[rolloutDeviceStates[cell[2]] ?? 'waiting'].label
              return `${cell[1]} · ${state}${cell[4] === null ? '' : ` ${cell[4]} %`}`
            }}
            onOpen={(index) => void navigate(`/devices/${cells[index]?.[0] ?? ''}`)}
          />
        )}
      </QueryView>
    </Panel>
  )
}
