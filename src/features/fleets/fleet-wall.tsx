import { useNavigate } from 'react-router'
import { connectivities } from '#contract/device'
import { healthStates } from '#contract/health'
import { connectivityWords, healthWords } from '@/domain/device-words'
import { cn } from '@/lib/cn'
import { formatCount } from '@/lib/format'
import { useLiveQuery } from '@/live/use-live-query'
import { CellWall } from '@/ui/cell-wall'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { toneFill } from '@/ui/status'
import { fleetQueries } from './fleets.queries'

/** Every device of a fleet as a cell, coloured by health; a download fills its cell from below. */
export function FleetWall({ fleetId }: { fleetId: number }) {
  const navigate = useNavigate()
  const query = useLiveQuery(fleetQueries.wall(fleetId))
  return (
    <QueryView query={query} what="the fleet wall">
      {({ cells, cursor }) => {
        if (cells.length === 0)
          return (
            <EmptyState title="No devices yet">
              Make a provisioning key under Settings and start a device with it; its cell appears here by
              itself.
            </EmptyState>
          )
        const updating = cells.filter((cell) => cell[4] !== null).length
        return (
          <>
            <CellWall
              label="Fleet wall"
              count={cells.length}
              version={cursor}
              fillOf={(index) => {
                const cell = cells[index]
                if (!cell) return '--fill-unknown'
                if (cell[4] !== null) return '--fill-updating'
                return `--fill-${healthWords[healthStates[cell[2]] ?? 'unknown'].tone}`
              }}
              levelOf={(index) => {
                const percent = cells[index]?.[4] ?? null
                return percent === null ? 1 : percent / 100
              }}
              textOf={(index) => {
                const cell = cells[index]
                if (!cell) return ''
                const health = healthWords[healthStates[cell[2]] ?? 'unknown'].label
                const connectivity = connectivityWords[connectivities[cell[3]] ?? 'never'].label
                const update = cell[4] === null ? '' : ` · downloading ${cell[4]} %`
                return `${cell[1]} · ${health} · ${connectivity}${update}`
              }}
              onOpen={(index) => void navigate(`/devices/${cells[index]?.[0] ?? ''}`)}
            />
            <ul className="text-ink-soft mt-1 flex flex-wrap gap-x-4 gap-y-1 text-[13px]">
              {healthStates.map((state, index) => (
                <li key={state} className="flex items-center gap-1.5">
                  <span
                    className={cn('size-2.5 rounded-sm', toneFill[healthWords[state].tone])}
                    aria-hidden
                  />
                  {healthWords[state].label}{' '}
                  <span className="tabular-nums">
                    {formatCount(cells.filter((cell) => cell[2] === index).length)}
                  </span>
                </li>
              ))}
              <li className="flex items-center gap-1.5">
                <span className={cn('size-2.5 rounded-sm', toneFill.updating)} aria-hidden />
                Downloading <span className="tabular-nums">{formatCount(updating)}</span>
              </li>
            </ul>
          </>
        )
      }}
    </QueryView>
  )
}
