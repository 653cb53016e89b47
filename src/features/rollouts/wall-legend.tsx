import { useMemo } from 'react'
import { rolloutDeviceStates, type RolloutCell, type RolloutDeviceState } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutFillClass, rolloutStateOrder } from '@/domain/rollout-states'
import { cn } from '@/lib/cn'
import { formatCount } from '@/lib/format'
import type { CellSign } from '@/ui/cell-wall-cell'

/** Signs on cells that went another way than all others, beside their colours. */
export const wallSigns: Partial<Record<RolloutDeviceState, CellSign>> = {
  failed: 'cross',
  'rolled-back': 'stroke',
  offline: 'ring',
  verifying: 'dot',
}
const signText: Record<CellSign, string> = { cross: '×', stroke: '∕', ring: '○', dot: '•' }

type WallLegendProps = {
  cells: readonly RolloutCell[]
  /** The state whose cells stand out; undefined: none does. */
  lit: RolloutDeviceState | undefined
  onLit: (state: RolloutDeviceState | undefined) => void
}

/** Colours and signs with their counts; choosing one lets the others stand back, which needs no colours. */
export function WallLegend({ cells, lit, onLit }: WallLegendProps) {
  const counts = useMemo(() => {
    const found = new Map<RolloutDeviceState, number>()
    for (const cell of cells) {
      const state = rolloutDeviceStates[cell[2]] ?? 'waiting'
      found.set(state, (found.get(state) ?? 0) + 1)
    }
    return found
  }, [cells])
  return (
    <div role="group" aria-label="Show on the wall" className="mb-3 -ml-1.5 flex flex-wrap gap-x-2 gap-y-1">
      {rolloutStateOrder
        .filter((state) => counts.has(state) || state === lit)
        .map((state) => {
          const sign = wallSigns[state]
          return (
            <button
              key={state}
              type="button"
              aria-pressed={state === lit}
              onClick={() => onLit(state === lit ? undefined : state)}
              className={cn(
                'flex items-center gap-1.5 rounded-md px-1.5 py-0.5 text-[13px]',
                state === lit ? 'bg-accent-soft text-ink' : 'text-ink-soft hover:bg-sunken',
              )}
            >
              <span
                aria-hidden
                className={cn(
                  'text-ink flex size-3.5 items-center justify-center rounded-sm text-[11px] leading-none font-bold',
                  rolloutFillClass[state],
                )}
              >
                {sign === undefined ? '' : signText[sign]}
              </span>
              {rolloutDeviceWords[state].label}{' '}
              <span className="font-medium tabular-nums">{formatCount(counts.get(state) ?? 0)}</span>
            </button>
          )
        })}
    </div>
  )
}
