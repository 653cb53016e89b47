import { healthStates, type Health } from '#contract/health-states'
import { toneFill } from '@/ui/status'
import type { SpreadPart } from '@/ui/spread-bar'
import { healthWords } from './device-words'

/** Health counts as the parts of a bar, worst first. */
export function healthParts(counts: Partial<Record<Health, number>>): SpreadPart[] {
  return healthStates.map((state) => ({
    key: state,
    label: healthWords[state].label,
    count: counts[state] ?? 0,
    fillClass: toneFill[healthWords[state].tone],
  }))
}

const releaseFills = [
  'bg-indigo-500',
  'bg-teal-500',
  'bg-fuchsia-500',
  'bg-orange-500',
  'bg-cyan-600',
  'bg-lime-600',
  'bg-rose-400',
  'bg-slate-400',
] as const

/** Which releases run, as the parts of a bar, in the order given. */
export function releaseParts(
  spread: readonly { release: { id: number; semver: string } | null; isOther: boolean; count: number }[],
): SpreadPart[] {
  return spread.map((part, index) => ({
    key: part.release ? String(part.release.id) : part.isOther ? 'other' : 'none',
    label: part.release ? part.release.semver : part.isOther ? 'Others' : 'No release',
    count: part.count,
    fillClass: part.release
      ? (releaseFills[index % releaseFills.length] ?? 'bg-slate-400')
      : 'bg-fill-unknown',
  }))
}

/** Which host OS versions ran, as the parts of a bar, in the order given. */
export const osParts = (spread: readonly { osVersion: string | null; count: number }[]): SpreadPart[] =>
  spread.map((part, index) => ({
    key: part.osVersion ?? 'none',
    label: part.osVersion ?? 'Not told',
    count: part.count,
    fillClass:
      part.osVersion === null
        ? 'bg-fill-unknown'
        : (releaseFills[index % releaseFills.length] ?? 'bg-slate-400'),
  }))
