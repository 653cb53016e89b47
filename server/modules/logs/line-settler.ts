import type { LogLine } from '#contract/log'

export type Settling = { forMs: number; nowMs: () => number }

/** Lines that arrive out of their order, given out in it: each is held for a while, in which those before it may come. */
export class LineSettler {
  readonly #settling: Settling
  #held: { line: LogLine; sinceMs: number }[] = []

  constructor(settling: Settling) {
    this.#settling = settling
  }

  push(lines: readonly LogLine[]): void {
    const sinceMs = this.#settling.nowMs()
    for (const line of lines) this.#held.push({ line, sinceMs })
  }

  /** Those that were held long enough, and what stands before the last of them, by their ids. */
  take(): LogLine[] {
    const { forMs, nowMs } = this.#settling
    const before = nowMs() - forMs
    const last = this.#held.reduce(
      (id, { line, sinceMs }) => (sinceMs <= before ? Math.max(id, line.id) : id),
      0,
    )
    if (last === 0) return []
    const settled = this.#held.filter(({ line }) => line.id <= last).map(({ line }) => line)
    this.#held = this.#held.filter(({ line }) => line.id > last)
    return settled.sort((a, b) => a.id - b.id)
  }
}
