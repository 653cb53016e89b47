import type { MissingAbility, SourceAbility } from '#contract/source'
import { Problem } from './problem.ts'

/** Code of the refusal of what the source of the fleets cannot do. */
const SOURCE_CANNOT = 'source-cannot'

/** What the source of the fleets can do. */
export type Abilities = {
  /** Why it cannot, in a sentence for people; null: it can. */
  whyNot: (ability: SourceAbility) => string | null
  /** Throws a 409 problem `source-cannot` that says why, where one of these is missing. */
  require: (...abilities: readonly SourceAbility[]) => void
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What the source of the fleets can do. */
    abilities: Abilities
  }
}

export function makeAbilities(missing: readonly MissingAbility[]): Abilities {
  const reasons = new Map(missing.map(({ ability, why }) => [ability, why]))
  const whyNot = (ability: SourceAbility) => reasons.get(ability) ?? null
  return {
    whyNot,
    require: (...abilities) => {
      for (const ability of abilities) {
        const detail = whyNot(ability)
        if (detail !== null)
          throw new Problem({
            status: 409,
            code: SOURCE_CANNOT,
            title: 'Not possible with this fleet source',
            detail,
          })
      }
    },
  }
}
