import type { SourceAbility, SourceReading, SourceSnapshot, SourceStatus } from '#contract/source'

/** Why a source cannot do something, in tests. */
export const whyOf = (ability: SourceAbility) => `It cannot ${ability}.`
export const missingOf = (abilities: readonly SourceAbility[]) =>
  abilities.map((ability) => ({ ability, why: whyOf(ability) }))

/** All is well, and devices were read two seconds before `at`. */
export function aReading(at: string, own: Partial<SourceReading> = {}): SourceReading {
  const readAt = new Date(Date.parse(at) - 2000).toISOString()
  return {
    state: 'reading',
    problem: null,
    readAt,
    shownReadAt: readAt,
    feeds: [
      { name: 'devices', readAt, everySeconds: 2 },
      { name: 'fleets', readAt: null, everySeconds: 60 },
    ],
    requestsLastMinute: 31,
    requestsPerMinute: 120,
    quietUntil: null,
    waitingTargets: 0,
    ...own,
  }
}

/** An openBalena that is read, as the gateway tells of it at `at`. */
export const aSource = (at: string, own: Partial<SourceStatus> = {}): SourceSnapshot => ({
  cursor: 1,
  at,
  status: {
    kind: 'balena',
    name: 'openBalena at api.example.com',
    address: 'https://api.example.com',
    missing: [],
    reading: aReading(at),
    ...own,
  },
})
