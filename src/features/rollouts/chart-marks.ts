import type { RolloutDetail } from '#contract/rollout'
import { formatDuration } from '@/lib/time'
import { isMoving } from './rollout-state'

/** A phase opened: a line across the picture with the number of the phase. */
export type ChartLine = { atMs: number; flag: string; label: string }
/** A time in which nothing new was offered. */
export type ChartSpan = { fromMs: number; toMs: number; kind: 'pause' | 'approval'; label: string }
export type ChartMarks = { lines: ChartLine[]; spans: ChartSpan[] }

type Told = Pick<RolloutDetail, 'phases' | 'pauses' | 'state' | 'finishedAt'>

/** Lines nearer to each other than this share of the picture would write over each other's flags. */
const FLAG_ROOM = 0.03
/** A phase opens in the same step in which the one before it passed, unless it waits for somebody. */
const AT_ONCE_MS = 1_500

/** What the picture marks between two moments: phases that opened, pauses, and waiting for approval. */
export function chartMarks(rollout: Told, fromMs: number, toMs: number): ChartMarks {
  const isInside = (atMs: number) => atMs >= fromMs && atMs <= toMs
  const lines = rollout.phases
    .flatMap((phase) => {
      const atMs = phase.openedAt === null ? Number.NaN : Date.parse(phase.openedAt)
      return isInside(atMs)
        ? [{ atMs, flag: `${phase.index + 1}`, label: `${phase.index + 1} ${phase.name} opened` }]
        : []
    })
    .sort((a, b) => a.atMs - b.atMs)
  const endMs =
    rollout.finishedAt !== null && !isMoving(rollout.state) ? Date.parse(rollout.finishedAt) : toMs
  const spans = [...pauseSpans(rollout, endMs), ...approvalSpans(rollout, endMs)]
  return {
    lines: withRoom(lines, (toMs - fromMs) * FLAG_ROOM),
    spans: spans
      .map((span) => ({
        ...span,
        fromMs: Math.max(span.fromMs, fromMs),
        toMs: Math.min(span.toMs, toMs),
      }))
      .filter((span) => span.toMs > span.fromMs)
      .sort((a, b) => a.fromMs - b.fromMs),
  }
}

/** Of flags that stand too close the later ones stay without a number; the list below the picture names them all. */
function withRoom(lines: readonly ChartLine[], roomMs: number): ChartLine[] {
  let lastMs = Number.NEGATIVE_INFINITY
  return lines.map((line) => {
    if (line.atMs - lastMs < roomMs) return { ...line, flag: '' }
    lastMs = line.atMs
    return line
  })
}

const pauseSpans = ({ pauses }: Told, endMs: number): ChartSpan[] =>
  pauses.map((pause) => {
    const fromMs = Date.parse(pause.from)
    const toMs = pause.to === null ? endMs : Date.parse(pause.to)
    const reason = pause.reason === '' ? '' : `: ${pause.reason}`
    return {
      fromMs,
      toMs,
      kind: 'pause',
      label: `Paused for ${formatDuration(toMs - fromMs)} by ${pause.actor}${reason}`,
    }
  })

function approvalSpans({ phases }: Told, endMs: number): ChartSpan[] {
  return phases.flatMap((phase, index): ChartSpan[] => {
    const before = phases[index - 1]
    if (!before || before.passedAt === null || phase.approval !== 'manual') return []
    if (phase.openedAt === null && phase.state !== 'awaiting-approval') return []
    const fromMs = Date.parse(before.passedAt)
    const toMs = phase.openedAt === null ? endMs : Date.parse(phase.openedAt)
    if (toMs - fromMs < AT_ONCE_MS) return []
    return [
      {
        fromMs,
        toMs,
        kind: 'approval',
        label: `Phase ${phase.index + 1} waited ${formatDuration(toMs - fromMs)} for approval`,
      },
    ]
  })
}
