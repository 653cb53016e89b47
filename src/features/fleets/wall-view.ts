import { z } from 'zod'
import { connectivities, updateStates, type UpdateState } from '#contract/device'
import { healthStates } from '#contract/health'
import { unpackWallCode } from '#contract/wall-cells'
import { connectivityWords, healthWords, updateWords } from '@/domain/device-words'

/** Codes have 14 bits. */
const CODES = 1 << 14

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

const isUnheard = (connectivity: number) =>
  connectivities[connectivity] === 'offline' || connectivities[connectivity] === 'never'

export const wallClasses = (colouring: WallColouring): WallClass[] =>
  colouring === 'health' ? healthClasses : updateClasses

/** The index of a cell's class in `wallClasses`. */
export function classOf(code: number, colouring: WallColouring): number {
  const { health, connectivity, update } = unpackWallCode(code)
  if (colouring === 'health') return health
  return isUnheard(connectivity) ? updateSteps.length : (stepOfState[update] ?? 0)
}

/** How much of a cell is filled: a download fills it from below. */
export function levelOf(code: number, colouring: WallColouring): number {
  const { connectivity, update, percent } = unpackWallCode(code)
  if (colouring === 'health' || isUnheard(connectivity)) return 1
  return updateStates[update] === 'downloading' ? percent / 100 : 1
}

/** How many cells each class has: cells by code first, since there are few codes and very many cells. */
export function countClasses(codes: Uint16Array, colouring: WallColouring): number[] {
  const byCode = new Uint32Array(CODES)
  for (const code of codes) byCode[code] = (byCode[code] ?? 0) + 1
  const counts = wallClasses(colouring).map(() => 0)
  for (const [code, count] of byCode.entries()) {
    if (count === 0) continue
    const index = classOf(code, colouring)
    counts[index] = (counts[index] ?? 0) + count
  }
  return counts
}

/** A cell in words: health, connectivity, and what an update is doing. */
export function cellText(code: number): string {
  const { health, connectivity, update, percent } = unpackWallCode(code)
  const state = updateStates[update] ?? 'idle'
  const words = updateWords[state].label.toLowerCase()
  return [
    healthWords[healthStates[health] ?? 'unknown'].label,
    connectivityWords[connectivities[connectivity] ?? 'never'].label.toLowerCase(),
    ...(state === 'idle' ? [] : [state === 'downloading' ? `${words} ${percent} %` : words]),
  ].join(' · ')
}
