import type { z } from 'zod'
import type { SourceAbility, sourceProblemCode } from '#contract/source'

export type SourceProblemCode = z.infer<typeof sourceProblemCode>

/** The source cannot be reached or refuses; the message is a sentence for people. */
export class SourceFailure extends Error {
  readonly code: SourceProblemCode
  /** It asked not to be called again before so many milliseconds have passed; null: it did not say. */
  readonly retryAfterMs: number | null
  /** Of the answer; null: there was none. */
  readonly status: number | null

  constructor(
    code: SourceProblemCode,
    sentence: string,
    options: { retryAfterMs?: number; status?: number; cause?: unknown } = {},
  ) {
    super(sentence, { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs ?? null
    this.status = options.status ?? null
  }
}

/** The source has no way to do it. */
export class CannotDo extends Error {
  readonly ability: SourceAbility
  constructor(ability: SourceAbility, why: string) {
    super(why)
    this.ability = ability
  }
}
