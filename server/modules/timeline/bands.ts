import type { Mark } from './marks.ts'

/** From `atMs` on it is in this state. `key` says whether two states are the same. */
export type StateChange = { atMs: number; state: BandState | null }
export type BandState = Pick<Mark, 'tone' | 'label' | 'detail'> & { key: string; actor?: string | null }

/**
 * States one after the other as spans over the known time: from `fromMs`, or from the first change where the state before
 * it is not known (`initial` null), to `toMs`. Where the state is null there is a gap. Changes may come in any order and at
 * any moment: they are sorted and held inside the range. Pure.
 */
export function bandsOf(
  initial: BandState | null,
  changes: readonly StateChange[],
  range: { fromMs: number; toMs: number; isOpenStart: boolean; isOpenEnd: boolean },
): Mark[] {
  const { fromMs, toMs } = range
  const spans: { fromMs: number; toMs: number; state: BandState }[] = []
  let state = initial
  let sinceMs = fromMs
  const close = (atMs: number) => {
    if (state === null || atMs <= sinceMs) return
    const last = spans.at(-1)
    if (last && last.toMs === sinceMs && last.state.key === state.key) last.toMs = atMs
    else spans.push({ fromMs: sinceMs, toMs: atMs, state })
  }
  for (const change of [...changes].sort((a, b) => a.atMs - b.atMs)) {
    const atMs = Math.min(toMs, Math.max(fromMs, change.atMs))
    close(atMs)
    sinceMs = atMs
    state = change.state
  }
  close(toMs)
  return spans.map(({ state: { key: _key, actor, ...words }, ...span }) => ({
    ...span,
    ...words,
    isOpenStart: range.isOpenStart && span.fromMs === fromMs,
    isOpenEnd: range.isOpenEnd && span.toMs === toMs,
    actor: actor ?? null,
    count: 1,
  }))
}
