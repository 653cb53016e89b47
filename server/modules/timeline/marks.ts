import type { TimelineMark } from '#contract/timeline'

/** A mark in ms, before it is written as a mark of the contract. */
export type Mark = {
  fromMs: number
  toMs: number
  isOpenStart: boolean
  isOpenEnd: boolean
  tone: TimelineMark['tone']
  label: string
  detail: string[]
  actor: string | null
  count: number
}

/** More marks than this on one lane are told together. */
export const MAX_MARKS = 300
const CELLS_WHEN_MERGED = 200
const MAX_DETAILS = 12

const toneRank: Record<Mark['tone'], number> = {
  critical: 0,
  attention: 1,
  unknown: 2,
  ok: 3,
  info: 4,
  neutral: 5,
}
export const worstTone = (tones: readonly Mark['tone'][]): Mark['tone'] =>
  tones.reduce((worst, tone) => (toneRank[tone] < toneRank[worst] ? tone : worst), 'neutral')

/** A mark at one moment. */
export const momentOf = (
  atMs: number,
  own: Pick<Mark, 'tone' | 'label' | 'detail'> & Partial<Mark>,
): Mark => ({
  fromMs: atMs,
  toMs: atMs,
  isOpenStart: false,
  isOpenEnd: false,
  actor: null,
  count: 1,
  ...own,
})

/** Moments and spans that overlap are told as one, so that the marks of a lane are in order and apart. */
export function apart(marks: readonly Mark[], noun: string): Mark[] {
  const out: Mark[] = []
  for (const mark of [...marks].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)) {
    const last = out.at(-1)
    if (last && (mark.fromMs < last.toMs || mark.fromMs === last.fromMs))
      out[out.length - 1] = together([last, mark], noun)
    else out.push(mark)
  }
  return out
}

function together(marks: readonly [Mark, ...Mark[]], noun: string): Mark {
  const [first] = marks
  const count = marks.reduce((sum, mark) => sum + mark.count, 0)
  const details = marks.flatMap((mark) => mark.detail)
  const actors = new Set(marks.map((mark) => mark.actor))
  return {
    fromMs: first.fromMs,
    toMs: Math.max(...marks.map((mark) => mark.toMs)),
    isOpenStart: marks.some((mark) => mark.isOpenStart),
    isOpenEnd: marks.some((mark) => mark.isOpenEnd),
    tone: worstTone(marks.map((mark) => mark.tone)),
    label: `${count} ${noun}`,
    detail:
      details.length > MAX_DETAILS
        ? [...details.slice(0, MAX_DETAILS), `… and ${details.length - MAX_DETAILS} more`]
        : details,
    actor: actors.size === 1 ? first.actor : null,
    count,
  }
}

/** At most `most` marks: those that begin in the same cell of the range are told as one. In order and apart as before. */
export function mergeMarks(
  marks: readonly Mark[],
  fromMs: number,
  toMs: number,
  noun: string,
  most = MAX_MARKS,
): Mark[] {
  if (marks.length <= most) return [...marks]
  const cells = Math.min(most, CELLS_WHEN_MERGED)
  const cellMs = Math.max(1, (toMs - fromMs) / cells)
  const byCell = new Map<number, [Mark, ...Mark[]]>()
  for (const mark of marks) {
    const cell = Math.max(0, Math.min(cells - 1, Math.floor((mark.fromMs - fromMs) / cellMs)))
    const others = byCell.get(cell)
    if (others) others.push(mark)
    else byCell.set(cell, [mark])
  }
  return [...byCell.values()].map((cell) => (cell.length === 1 ? cell[0] : together(cell, noun)))
}

export const toMark = (mark: Mark): TimelineMark => ({
  from: new Date(mark.fromMs).toISOString(),
  to: new Date(mark.toMs).toISOString(),
  isOpenStart: mark.isOpenStart,
  isOpenEnd: mark.isOpenEnd,
  tone: mark.tone,
  label: mark.label,
  detail: mark.detail,
  actor: mark.actor,
  count: mark.count,
})
