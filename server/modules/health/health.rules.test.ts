import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectivities, updateStates } from '#contract/device'
import { healthCodes } from '#contract/health'
import { healthRank, judgeHealth, type HealthFacts } from './health.rules.ts'
import { judgeLayers } from './layers.rules.ts'
import { ruleTexts } from './rule-texts.ts'

const nowMs = Date.parse('2026-01-15T12:00:00.000Z')
const minutesAgo = (minutes: number) => new Date(nowMs - minutes * 60_000).toISOString()
const facts = (more: Partial<HealthFacts> = {}): HealthFacts => ({
  connectivity: 'online',
  connectivityChangedAtMs: nowMs - 3_600_000,
  lastSeenAtMs: nowMs,
  lastPollAtMs: nowMs,
  lastReportAtMs: nowMs,
  pollIntervalMs: 600_000,
  isUndervolted: false,
  cpuTemperatureC: 50,
  memoryUsedMib: 300,
  memoryTotalMib: 1000,
  storageUsedMib: 100,
  storageTotalMib: 1000,
  services: [{ name: 'main', status: 'Running', releaseCommit: 'b', lastExitCode: null }],
  currentCommit: 'b',
  targetCommit: 'b',
  updateState: 'idle',
  updateProgressAtMs: null,
  clockSkewMs: 0,
  memory: {},
  ...more,
})
const codes = (more: Partial<HealthFacts>) =>
  judgeHealth(facts(more), {}, [], nowMs).reasons.map((reason) => reason.code)

/** Offline since its poll 40 minutes ago; the next one was overdue 25 minutes ago. */
const silent = (lastLineMinutesAgo: number): Partial<HealthFacts> => ({
  connectivity: 'offline',
  lastPollAtMs: nowMs - 40 * 60_000,
  connectivityChangedAtMs: nowMs - 40 * 60_000,
  memory: { lastLineAt: minutesAgo(lastLineMinutesAgo) },
})

describe('each rule', () => {
  test.each<[string, Partial<HealthFacts>, string[]]>([
    ['nothing wrong', {}, []],
    ['offline', { connectivity: 'offline' }, ['offline']],
    ['late', { connectivity: 'late' }, ['late']],
    ['offline, but logging', silent(1), ['supervisor-hung', 'offline']],
    ['offline, logged a while ago', silent(3), ['offline']],
    [
      'offline, last logged before a poll was overdue',
      { ...silent(1), lastPollAtMs: nowMs - 14 * 60_000 },
      ['offline'],
    ],
    ['never seen', { connectivity: 'never' }, ['never-seen']],
    ['undervoltage', { isUndervolted: true }, ['undervoltage']],
    ['hot', { cpuTemperatureC: 80 }, ['cpu-temperature']],
    ['just not hot', { cpuTemperatureC: 79 }, []],
    ['storage', { storageUsedMib: 850 }, ['storage-nearly-full']],
    ['memory', { memoryUsedMib: 900 }, ['memory-pressure']],
    ['watchdog', { memory: { lastReboot: { at: minutesAgo(5), reason: 'watchdog' } } }, ['watchdog-reboot']],
    ['power', { memory: { lastReboot: { at: minutesAgo(5), reason: 'power' } } }, ['unexpected-reboot']],
    ['asked to reboot', { memory: { lastReboot: { at: minutesAgo(5), reason: 'requested' } } }, []],
    ['rebooted long ago', { memory: { lastReboot: { at: minutesAgo(61), reason: 'power' } } }, []],
    [
      'OS rollback',
      { memory: { osRollback: { at: minutesAgo(5), detail: '6.5.3 did not boot' } } },
      ['os-rollback'],
    ],
    ['supervisor', { memory: { supervisorRestarts: [3, 2, 1].map(minutesAgo) } }, ['supervisor-restarting']],
    ['crash loop', { memory: { restarts: { main: [3, 2, 1].map(minutesAgo) } } }, ['service-crash-loop']],
    ['two restarts', { memory: { restarts: { main: [2, 1].map(minutesAgo) } } }, []],
    [
      'exited',
      { services: [{ name: 'main', status: 'exited', releaseCommit: 'b', lastExitCode: 1 }] },
      ['service-not-running'],
    ],
    ['wrong release', { targetCommit: 'c' }, ['service-wrong-release']],
    ['on its way', { targetCommit: 'c', updateState: 'downloading', updateProgressAtMs: nowMs }, []],
    [
      'stuck',
      { targetCommit: 'c', updateState: 'downloading', updateProgressAtMs: nowMs - 31 * 60_000 },
      ['update-stuck'],
    ],
    ['rejected', { updateState: 'rejected' }, ['update-rejected']],
    ['clock', { clockSkewMs: -200_000 }, ['clock-skew']],
  ])('%s', (_name, more, expected) => {
    expect(codes(more)).toEqual(expected)
  })
})

test('an application failure does not look like a lost device', () => {
  const { health, reasons } = judgeHealth(
    facts({ memory: { restarts: { main: [3, 2, 1].map(minutesAgo) } } }),
    {},
    [],
    nowMs,
  )
  expect(health).toBe('critical')
  const layers = judgeLayers({
    connectivity: 'online',
    reasons,
    services: [{ name: 'main', status: 'restarting' }],
    osVersion: 'balenaOS 6',
    supervisorVersion: '19.0.5',
  })
  expect(layers.map((layer) => [layer.name, layer.health])).toEqual([
    ['Hardware', 'ok'],
    ['Network', 'ok'],
    ['Host OS', 'ok'],
    ['Engine', 'ok'],
    ['Supervisor', 'ok'],
    ['main', 'critical'],
  ])
})

test('a reason that goes on keeps its since; thresholds are the fleet’s', () => {
  const first = judgeHealth(facts({ cpuTemperatureC: 70 }), { cpuTemperatureAttentionC: 60 }, [], nowMs)
  const later = judgeHealth(
    facts({ cpuTemperatureC: 72 }),
    { cpuTemperatureAttentionC: 60 },
    first.reasons,
    nowMs + 60_000,
  )
  expect(later.reasons[0]?.since).toBe(first.reasons[0]?.since)
  expect(later.reasons[0]?.evidence).toBe('CPU at 72 °C, limit 60 °C')
})

test('time alone heals a crash loop at the moment that was foretold', () => {
  const looping = facts({ memory: { restarts: { main: [3, 2, 1].map(minutesAgo) } } })
  const { nextCheckAtMs } = judgeHealth(looping, {}, [], nowMs)
  expect(nextCheckAtMs).not.toBeNull()
  expect(judgeHealth(looping, {}, [], (nextCheckAtMs ?? 0) - 1).health).toBe('critical')
  expect(judgeHealth(looping, {}, [], nextCheckAtMs ?? 0).health).toBe('ok')
})

test('whatever is reported, health is the worst of its reasons and never without one', () => {
  const instants = fc.integer({ min: 0, max: 120 }).map(minutesAgo)
  fc.assert(
    fc.property(
      fc.record({
        connectivity: fc.constantFrom(...connectivities),
        isUndervolted: fc.option(fc.boolean()),
        cpuTemperatureC: fc.option(fc.integer({ min: -40, max: 130 })),
        memoryUsedMib: fc.option(fc.nat(2000)),
        memoryTotalMib: fc.option(fc.nat(2000)),
        updateState: fc.constantFrom(...updateStates),
        updateProgressAtMs: fc.option(fc.integer({ min: nowMs - 10_000_000, max: nowMs })),
        clockSkewMs: fc.option(fc.integer()),
        memory: fc.record({ restarts: fc.dictionary(fc.constantFrom('main', 'other'), fc.array(instants)) }),
      }),
      (more) => {
        const { health, reasons, nextCheckAtMs } = judgeHealth(facts(more), {}, [], nowMs)
        expect(health === 'ok').toBe(reasons.length === 0)
        expect(Math.min(3, ...reasons.map((reason) => healthRank(reason.severity)))).toBe(healthRank(health))
        if (nextCheckAtMs !== null) expect(nextCheckAtMs).toBeGreaterThan(nowMs)
      },
    ),
  )
})

test('every code has its text', () => {
  expect(ruleTexts.map((rule) => rule.code).sort()).toEqual([...healthCodes].sort())
})
