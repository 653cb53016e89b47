import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rolloutDeviceStates, type RolloutDetail } from '#contract/rollout'
import { aPhase, aRollout, someCounts } from '@/testing/rollout-builders'
import { forecastWords } from './forecast-words'
import { forecastRollout, type Forecast, type ForecastInput } from './rollout-forecast'

const MINUTE_MS = 60_000
const nowMs = Date.parse('2026-01-15T13:00:00.000Z')
const at = (minutesAgo: number) => new Date(nowMs - minutesAgo * MINUTE_MS).toISOString()
type Own = Parameters<typeof someCounts>[0]
const sample = (minutesAgo: number, own: Own) => ({ at: at(minutesAgo), counts: someCounts(own) })

/** One phase since an hour; 60 of 100 devices got the release in the last half hour, with 10 on their way. */
function steady(own: Partial<RolloutDetail> = {}): RolloutDetail {
  const counts = own.counts ?? someCounts({ succeeded: 80, downloading: 10, waiting: 10 })
  return aRollout({
    counts,
    phases: [aPhase({ counts, soakSeconds: 300, openedAt: at(60) })],
    samples: [
      sample(60, { waiting: 100 }),
      sample(30, { succeeded: 20, downloading: 10, waiting: 70 }),
      sample(1, { succeeded: 80, downloading: 10, waiting: 10 }),
    ],
    ...own,
  })
}
const minutes = (forecast: Forecast) =>
  forecast.kind === 'none' ? forecast.why : Math.round((forecast.atMs - nowMs) / MINUTE_MS)

describe('the forecast of the finish', () => {
  it('goes by the rate of the last half hour, and adds the soak', () => {
    // 60 in 30 min: 20 more take 10 min, and 5 min of soak.
    const forecast = forecastRollout(steady(), nowMs)
    expect(minutes(forecast)).toBe(15)
    expect(forecast).toMatchObject({ basis: { devices: 60, windowMs: 30 * MINUTE_MS, perHour: 120 } })
    const { when, basis } = forecastWords(forecast, nowMs)
    expect(when).toMatch(/^about \d\d:\d\d \(in 15 min\)$/)
    expect(basis).toBe('from 120 devices an hour over the last 30 min')
  })

  it('counts from when the open phase opened or the last pause ended, not from before', () => {
    const resumed = steady({ pauses: [{ from: at(20), to: at(10), actor: 'A', reason: '' }] })
    // At minute -10 the counts were those of minute -30: 60 devices in 10 min.
    expect(forecastRollout(resumed, nowMs)).toMatchObject({ basis: { windowMs: 10 * MINUTE_MS } })
  })

  it('does not count offline devices and says so', () => {
    const counts = someCounts({ succeeded: 80, downloading: 10, waiting: 10, offline: 14 })
    const forecast = forecastRollout(
      steady({ counts, phases: [aPhase({ counts, soakSeconds: 300, openedAt: at(60) })] }),
      nowMs,
    )
    expect(minutes(forecast)).toBe(15)
    expect(forecastWords(forecast, nowMs).basis).toMatch(/; 14 offline devices not counted$/)
  })

  it('says why there is none', () => {
    const why = (own: Partial<RolloutDetail>) => minutes(forecastRollout(steady(own), nowMs))
    expect(why({ state: 'paused' })).toBe('it is paused')
    expect(why({ state: 'completed' })).toBe('it has ended')
    const gone = someCounts({ succeeded: 88, offline: 12 })
    expect(why({ counts: gone, phases: [aPhase({ counts: gone })] })).toBe(
      'only 12 devices that cannot be heard are left',
    )
    const fresh = someCounts({ downloading: 2, waiting: 98 })
    expect(
      why({
        counts: fresh,
        phases: [aPhase({ counts: fresh, openedAt: at(1) })],
        samples: [sample(1, { waiting: 100 })],
      }),
    ).toMatch(/^too few devices/)
  })

  it('ends at the phase that will wait for somebody, and says so while it waits', () => {
    const next = someCounts({ waiting: 400 })
    const phases = (state: 'pending' | 'awaiting-approval') => [
      aPhase({
        counts: someCounts({ succeeded: 80, downloading: state === 'pending' ? 20 : 0 }),
        soakSeconds: 0,
        openedAt: at(60),
        state: state === 'pending' ? 'open' : 'passed',
      }),
      aPhase({ index: 1, name: 'Half', approval: 'manual', state, counts: next, openedAt: null }),
    ]
    const ahead = forecastRollout(steady({ phases: phases('pending') }), nowMs)
    expect(ahead).toMatchObject({ kind: 'approval', phaseName: 'Half' })
    expect(minutes(ahead)).toBe(10)
    const counts = someCounts({ succeeded: 80, waiting: 400 })
    const now = forecastRollout(steady({ counts, phases: phases('awaiting-approval') }), nowMs)
    expect(minutes(now)).toBe('phase “Half” waits for approval')
  })

  it('reckons a later phase by how many may update at once and start in a minute', () => {
    const later = (plan: Partial<RolloutDetail['plan']>) => {
      const open = someCounts({ succeeded: 80, downloading: 20 })
      const next = someCounts({ waiting: 600 })
      return minutes(
        forecastRollout(
          steady({
            plan: { ...aRollout().plan, ...plan },
            counts: someCounts({ succeeded: 80, downloading: 20, waiting: 600 }),
            phases: [
              aPhase({ counts: open, soakSeconds: 0, openedAt: at(60) }),
              aPhase({ index: 1, counts: next, soakSeconds: 0, state: 'pending', openedAt: null }),
            ],
          }),
          nowMs,
        ),
      )
    }
    // 10 on their way for 30 min and 60 that got there: 5 min a device.
    expect(later({ maxUpdating: 100 })).toBe(10 + 30)
    expect(later({ maxUpdating: null })).toBe(10 + 5)
    expect(later({ maxUpdating: null, startsPerMinute: 10 })).toBe(10 + 60)
  })

  it('with nothing but soak left needs no rate', () => {
    const counts = someCounts({ verifying: 4, succeeded: 96 })
    const forecast = forecastRollout(
      steady({
        counts,
        phases: [aPhase({ counts, soakSeconds: 600, openedAt: at(2) })],
        samples: [sample(4, { verifying: 4, succeeded: 96 })],
      }),
      nowMs,
    )
    expect(minutes(forecast)).toBe(6)
    expect(forecastWords(forecast, nowMs).basis).toBe('from the soak time that is left')
  })
})

const anyCounts = fc
  .record(Object.fromEntries(rolloutDeviceStates.map((state) => [state, fc.nat(5000)])))
  .map((counts) => someCounts(counts))
const anyPhase = (index: number) =>
  fc
    .record({
      counts: anyCounts,
      soakSeconds: fc.nat(100_000),
      state: fc.constantFrom(
        'pending' as const,
        'awaiting-approval' as const,
        'open' as const,
        'passed' as const,
      ),
      approval: fc.constantFrom('auto' as const, 'manual' as const),
      openedMinutesAgo: fc.option(fc.nat(500)),
    })
    .map(({ openedMinutesAgo, ...own }) =>
      aPhase({ ...own, index, openedAt: openedMinutesAgo === null ? null : at(openedMinutesAgo) }),
    )
const anyInput = fc
  .record({
    state: fc.constantFrom(
      'running' as const,
      'running' as const,
      'rolling-back' as const,
      'paused' as const,
    ),
    phases: fc.tuple(anyPhase(0), anyPhase(1), anyPhase(2)),
    counts: anyCounts,
    samples: fc.array(fc.tuple(fc.nat(600), anyCounts), { maxLength: 20 }),
    maxUpdating: fc.option(fc.integer({ min: 1, max: 2000 })),
    startsPerMinute: fc.option(fc.integer({ min: 1, max: 500 })),
  })
  .map(({ samples, maxUpdating, startsPerMinute, ...own }): ForecastInput => ({
    ...own,
    plan: { ...aRollout().plan, maxUpdating, startsPerMinute },
    pauses: [],
    samples: samples
      .sort(([a], [b]) => b - a)
      .map(([minutesAgo, counts]) => ({ at: at(minutesAgo), counts })),
  }))
const whenOf = (input: ForecastInput) => {
  const forecast = forecastRollout(input, nowMs)
  return forecast.kind === 'none' ? null : forecast.atMs
}

describe('laws of the forecast', () => {
  it('is never in the past, never without an end, and never while paused', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const atMs = whenOf(input)
        if (input.state === 'paused') expect(atMs).toBeNull()
        if (atMs === null) return
        expect(atMs).toBeGreaterThanOrEqual(nowMs)
        expect(Number.isFinite(atMs)).toBe(true)
        const { when } = forecastWords(forecastRollout(input, nowMs), nowMs)
        expect(when).not.toMatch(/NaN|Infinity|undefined/)
      }),
      { numRuns: 2000 },
    )
  })

  it('comes no earlier with more devices waiting, longer soak or a lower rate', () => {
    const later = (input: ForecastInput): ForecastInput[] => [
      {
        ...input,
        phases: input.phases.map((phase) => ({
          ...phase,
          counts: { ...phase.counts, waiting: phase.counts.waiting + 100 },
        })),
      },
      { ...input, phases: input.phases.map((phase) => ({ ...phase, soakSeconds: phase.soakSeconds + 60 })) },
      { ...input, plan: { ...input.plan, startsPerMinute: Math.min(1, input.plan.startsPerMinute ?? 1) } },
    ]
    fc.assert(
      fc.property(anyInput, (input) => {
        const atMs = whenOf(input)
        if (atMs === null || forecastRollout(input, nowMs).kind === 'approval') return
        for (const changed of later(input)) {
          const forecast = forecastRollout(changed, nowMs)
          if (forecast.kind === 'finish') expect(forecast.atMs).toBeGreaterThanOrEqual(atMs - 1)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('does not hang on how many devices cannot be heard', () => {
    fc.assert(
      fc.property(anyInput, fc.nat(5000), (input, more) => {
        const phases = input.phases.map((phase) => ({
          ...phase,
          // A phase of nobody but offline ones is no phase to wait for.
          counts: {
            ...phase.counts,
            offline: phase.counts.offline + more,
            waiting: phase.counts.waiting + 1,
          },
        }))
        const base = phases.map((phase) => ({
          ...phase,
          counts: { ...phase.counts, offline: phase.counts.offline - more },
        }))
        expect(whenOf({ ...input, phases })).toBe(whenOf({ ...input, phases: base }))
      }),
      { numRuns: 1000 },
    )
  })
})
