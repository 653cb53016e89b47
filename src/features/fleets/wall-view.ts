import { z } from 'zod'
import { connectivities, updateStates, type UpdateState, type WallCell } from '#contract/device'
import { healthStates } from '#contract/health'
import { connectivityWords, healthWords, updateWords } from '@/domain/device-words'

/** What colours the cells of the wall; held in the URL. */
export const wallSearch = z.object({ wall: z.enum(['health', 'update']).default('health') })
export type WallColouring = z.output<typeof wallSearch>['wall']

/** One colour of the wall: its words, its CSS variable, and the filter of the device list that shows the same devices. */
export type WallClass = { key: string; label: string; fill: string; filter: string }

const healthClasses: WallClass[] = healthStates.map((state) => ({
  key: state,
  label: healthWords[state].label,
  fill: `--fill-${healthWords[state].tone}`,
  filter: `health=${state}`,
}))

/** A download that is complete is a full cell of the same colour. */
const updateSteps: { states: UpdateState[]; fill: string }[] = [
  { states: ['idle'], fill: '--fill-ok' },
  { states: ['waiting'], fill: '--fill-waiting' },
  { states: ['downloading', 'downloaded'], fill: '--fill-updating' },
  { states: ['applying'], fill: '--fill-installing' },
  { states: ['rejected'], fill: '--fill-critical' },
  { states: ['aborted'], fill: '--fill-attention' },
]
/** A device that cannot be heard is somewhere on its way; where, is not known. */
const unheard: WallClass = {
  key: 'unheard',
  label: 'Cannot be heard',
  fill: '--fill-unknown',
  filter: 'connectivity=offline,never',
}
const updateClasses: WallClass[] = [
  ...updateSteps.map(({ states, fill }) => ({
    key: states.join(' '),
    label: updateWords[states[0] ?? 'idle'].label,
    fill,
    filter: `update=${states.join(',')}&connectivity=online,late`,
  })),
  unheard,
]
/** By index into `updateStates`. */
const stepOfState = updateStates.map((state) => updateSteps.findIndex(({ states }) => states.includes(state)))

const isUnheard = (cell: WallCell) => {
  const connectivity = connectivities[cell[3]]
  return connectivity === 'offline' || connectivity === 'never'
}

export const wallClasses = (colouring: WallColouring): WallClass[] =>
  colouring === 'health' ? healthClasses : updateClasses

/** The index of a cell's class in `wallClasses`. */
export function classOf(cell: WallCell, colouring: WallColouring): number {
  if (colouring === 'health') return cell[2]
  return isUnheard(cell) ? updateSteps.length : (stepOfState[cell[5]] ?? 0)
}

/** How much of a cell is filled: a download fills it from below. */
export function levelOf(cell: WallCell, colouring: WallColouring): number {
  if (colouring === 'health' || isUnheard(cell)) return 1
  return updateStates[cell[5]] === 'downloading' ? (cell[4] ?? 0) / 100 : 1
}

/** How many cells each class has, in one pass. */
export function countClasses(cells: readonly WallCell[], colouring: WallColouring): number[] {
  const counts = wallClasses(colouring).map(() => 0)
  for (const cell of cells) {
    const index = classOf(cell, colouring)
    counts[index] = (counts[index] ?? 0) + 1
  }
  return counts
}

/** A cell in words: name, health, connectivity, and what an update is doing. */
export function cellText(cell: WallCell): string {
  const state = updateStates[cell[5]] ?? 'idle'
  const update = updateWords[state].label.toLowerCase()
  return [
    cell[1],
    healthWords[healthStates[cell[2]] ?? 'unknown'].label,
    connectivityWords[connectivities[cell[3]] ?? 'never'].label.toLowerCase(),
    ...(state === 'idle' ? [] : [state === 'downloading' ? `${update} ${cell[4] ?? 0} %` : update]),
  ].join(' · ')
}
