import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { formatCount } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { useMissing } from '@/lib/source'
import { useLiveQuery } from '@/live/use-live-query'
import { CellWall } from '@/ui/cell-wall'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { Segments } from '@/ui/segments'
import { EmptyState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { fleetQueries } from './fleets.queries'
import type { Wall } from './wall-cells'
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

function Legend(props: { fleetId: number; codes: Uint16Array; colouring: WallColouring }) {
  const { fleetId, codes, colouring } = props
  const counts = useMemo(() => countClasses(codes, colouring), [codes, colouring])
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

/** Names are asked for in blocks of this many cells, so that the neighbours of a cell are known before they are pointed at. */
const NAMES_PER_BLOCK = 100

type CellsProps = { fleetId: number; wall: Wall; colouring: WallColouring }

function Cells({ fleetId, wall, colouring }: CellsProps) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const [pointed, setPointed] = useState<number | null>(null)
  const classes = wallClasses(colouring)
  const blockOf = (index: number) => {
    const start = index - (index % NAMES_PER_BLOCK)
    return fleetQueries.wallDevices(fleetId, wall.ids.slice(start, start + NAMES_PER_BLOCK))
  }
  const names = useQuery({
    ...blockOf(pointed ?? 0),
    enabled: pointed !== null,
    placeholderData: keepPreviousData,
  })
  const open = async (index: number) => {
    const id = wall.ids[index]
    if (id === undefined) return
    const device = (await client.query(blockOf(index))).get(id)
    if (device) await navigate(`/devices/${device.uuid}`)
    else toast('attention', 'This device was deleted or moved to another fleet.')
  }
  return (
    <CellWall
      label="Fleet wall"
      count={wall.ids.length}
      version={`${wall.cursor} ${colouring}`}
      codeOf={(index) => (wall.codes[index] ?? 0) * 2 + (colouring === 'health' ? 0 : 1)}
      lookOf={(code) => ({
        fill: classes[classOf(code >> 1, colouring)]?.fill ?? '--fill-unknown',
        level: levelOf(code >> 1, colouring),
        sign: null,
        isLit: true,
      })}
      textOf={(index) => {
        const name = names.data?.get(wall.ids[index] ?? 0)?.name
        const text = cellText(wall.codes[index] ?? 0)
        return name === undefined ? text : `${name} · ${text}`
      }}
      onPoint={setPointed}
      onOpen={(index) =>
        void open(index).catch((error: unknown) =>
          toast('critical', error instanceof Error ? error.message : String(error)),
        )
      }
    />
  )
}

/** Every device of a fleet as a cell, coloured by health or by how far its update is. */
export function FleetWall({ fleetId }: { fleetId: number }) {
  const [{ wall: colouring }, update] = useSearchState(wallSearch)
  const query = useLiveQuery(fleetQueries.wall(fleetId))
  const cannotRegister = useMissing('register-devices')
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
        {(wall) =>
          wall.ids.length === 0 ? (
            <EmptyState title="No devices yet">
              {cannotRegister ??
                'Make a provisioning key under Settings and start a device with it; its cell appears here by itself.'}
            </EmptyState>
          ) : (
            <>
              <Legend fleetId={fleetId} codes={wall.codes} colouring={colouring} />
              <Cells fleetId={fleetId} wall={wall} colouring={colouring} />
            </>
          )
        }
      </QueryView>
    </Panel>
  )
}
