import { useMemo } from 'react'
import { Link, useNavigate } from 'react-router'
import type { WallCell } from '#contract/device'
import { formatCount } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { useLiveQuery } from '@/live/use-live-query'
import { CellWall } from '@/ui/cell-wall'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { Segments } from '@/ui/segments'
import { EmptyState } from '@/ui/states'
import { fleetQueries } from './fleets.queries'
import {
  cellText,
  classOf,
  countClasses,
  levelOf,
  wallClasses,
  wallSearch,
  type WallColouring,
} from './wall-view'

const colourings = [
  { value: 'health', label: 'Health' },
  { value: 'update', label: 'Update' },
] as const

function Legend(props: { fleetId: number; cells: readonly WallCell[]; colouring: WallColouring }) {
  const { fleetId, cells, colouring } = props
  const counts = useMemo(() => countClasses(cells, colouring), [cells, colouring])
  return (
    <ul className="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-[13px]" aria-label="Legend">
      {wallClasses(colouring).map((entry, index) => (
        <li key={entry.key}>
          <Link
            to={`/fleets/${fleetId}/devices?${entry.filter}`}
            className="text-ink-soft hover:text-ink flex items-center gap-1.5 hover:underline"
          >
            <span
              className="size-2.5 rounded-sm"
              style={{ backgroundColor: `var(${entry.fill})` }}
              aria-hidden
            />
            {entry.label}
            <span className="font-medium tabular-nums">{formatCount(counts[index] ?? 0)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Cells({
  cells,
  cursor,
  colouring,
}: {
  cells: readonly WallCell[]
  cursor: number
  colouring: WallColouring
}) {
  const navigate = useNavigate()
  const classes = wallClasses(colouring)
  const read = <R,>(index: number, of: (cell: WallCell) => R, otherwise: R): R => {
    const cell = cells[index]
    return cell ? of(cell) : otherwise
  }
  return (
    <CellWall
      label="Fleet wall"
      count={cells.length}
      version={`${cursor} ${colouring}`}
      fillOf={(index) =>
        read(index, (cell) => classes[classOf(cell, colouring)]?.fill ?? '--fill-unknown', '--fill-unknown')
      }
      levelOf={(index) => read(index, (cell) => levelOf(cell, colouring), 1)}
      textOf={(index) => read(index, cellText, '')}
      onOpen={(index) => void navigate(`/devices/${cells[index]?.[0] ?? ''}`)}
    />
  )
}

/** Every device of a fleet as a cell, coloured by health or by how far its update is. */
export function FleetWall({ fleetId }: { fleetId: number }) {
  const [{ wall: colouring }, update] = useSearchState(wallSearch)
  const query = useLiveQuery(fleetQueries.wall(fleetId))
  return (
    <Panel
      title="Fleet wall"
      hint="A cell a device. Point at one or use the arrow keys; a click opens it."
      actions={
        <Segments
          label="Colour by"
          options={colourings}
          value={colouring}
          onChange={(wall) => update({ wall }, { replace: true })}
        />
      }
    >
      <QueryView query={query} what="the fleet wall">
        {({ cells, cursor }) =>
          cells.length === 0 ? (
            <EmptyState title="No devices yet">
              Make a provisioning key under Settings and start a device with it; its cell appears here by
              itself.
            </EmptyState>
          ) : (
            <>
              <Legend fleetId={fleetId} cells={cells} colouring={colouring} />
              <Cells cells={cells} cursor={cursor} colouring={colouring} />
            </>
          )
        }
      </QueryView>
    </Panel>
  )
}
