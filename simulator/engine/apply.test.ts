import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manifestOf } from '../registry.ts'
import type { ServiceFault } from '../device/service-fault.ts'
import { advance, nextEndMs, type Conditions } from './apply.ts'
import { emptyEngine, isUpdating, losePower, preload, startAll, type Engine } from './engine.ts'
import type { DesiredRelease, UpdateStrategy } from './target.ts'

const release = (
  version: string,
  strategy: UpdateStrategy = 'download-then-kill',
  names = ['main', 'agent'],
) =>
  ({
    appUuid: 'app',
    commit: `commit-${version}`,
    services: names.map((name, index) => ({
      name,
      serviceId: index + 1,
      image: `registry.example/${name}:${version}`,
      reference: `registry.example/${name}:${version}`,
      strategy,
      handoverMs: 5_000,
      config: `${name} ${version}`,
      isRunning: true,
      fault: null,
    })),
  }) satisfies DesiredRelease

const calm: Conditions = {
  hasNetwork: true,
  bytesPerSecond: 1_000_000,
  isDeltaEnabled: false,
  isLocked: false,
  faultOf: () => null,
}
const crash: ServiceFault = { kind: 'crash-loop', exitCode: 3, afterMs: 4_000, deviceTypes: [], share: 1 }
const HOUR_MS = 3_600_000

/** An engine that runs `version` already. */
function running(version: string): Engine {
  const engine = emptyEngine()
  preload(engine, release(version))
  advance(engine, release(version), calm, HOUR_MS)
  return engine
}
const statuses = (engine: Engine) =>
  engine.containers.map((container) => `${container.commit} ${container.service} ${container.status}`)
const kinds = (happenings: readonly { kind: string }[]) => happenings.map((happening) => happening.kind)

describe('an update', () => {
  it('downloads every image before it kills anything, and names the release only at the end', () => {
    const engine = running('1.0.0')
    const next = release('1.1.0')
    advance(engine, next, calm, 1_000)
    expect(statuses(engine)).toEqual(['commit-1.0.0 main Running', 'commit-1.0.0 agent Running'])
    expect(engine.downloads.size).toBe(2)
    expect(engine.appliedCommit).toBe('commit-1.0.0')
    const happened = kinds(advance(engine, next, calm, HOUR_MS))
    expect(happened.lastIndexOf('downloaded')).toBeLessThan(happened.indexOf('killing'))
    expect(happened.at(-1)).toBe('applied')
    expect(statuses(engine)).toEqual(['commit-1.1.0 main Running', 'commit-1.1.0 agent Running'])
    expect([...engine.images.keys()]).toEqual(next.services.map((service) => service.image))
  })

  it('kills first where the strategy says so', () => {
    const engine = running('1.0.0')
    const happened = kinds(advance(engine, release('1.1.0', 'kill-then-download'), calm, HOUR_MS))
    expect(happened.indexOf('killed')).toBeLessThan(happened.indexOf('download-started'))
    expect(engine.appliedCommit).toBe('commit-1.1.0')
  })

  it('runs both beside each other while one hands over to the other', () => {
    const engine = running('1.0.0')
    const next = release('1.1.0', 'hand-over')
    const seen = new Set<string>()
    for (let step = 0; step < 3_000 && engine.appliedCommit !== next.commit; step++) {
      advance(engine, next, calm, 200)
      if (engine.containers.some((container) => container.status === 'Awaiting handover'))
        for (const status of statuses(engine)) seen.add(status)
    }
    expect(seen).toContain('commit-1.0.0 main Handing over')
    expect(seen).toContain('commit-1.1.0 main Awaiting handover')
    expect(statuses(engine)).toEqual(['commit-1.1.0 main Running', 'commit-1.1.0 agent Running'])
  })

  it('waits for a lock with everything downloaded, and goes on when it is free', () => {
    const engine = running('1.0.0')
    const next = release('1.1.0')
    const happened = kinds(advance(engine, next, { ...calm, isLocked: true }, HOUR_MS))
    expect(happened.filter((kind) => kind === 'locked')).toHaveLength(1)
    expect(statuses(engine)).toEqual(['commit-1.0.0 main Running', 'commit-1.0.0 agent Running'])
    expect(engine.images.size).toBe(4)
    advance(engine, next, calm, HOUR_MS)
    expect(engine.appliedCommit).toBe('commit-1.1.0')
  })

  it('leaves a service alone whose configuration is the same in the new release', () => {
    const engine = running('1.0.0')
    const next = release('1.1.0')
    next.services[1] = release('1.0.0').services[1]!
    const happened = advance(engine, next, calm, HOUR_MS)
    expect(happened.filter((one) => one.kind === 'killing')).toHaveLength(1)
    expect(statuses(engine).sort()).toEqual(['commit-1.1.0 agent Running', 'commit-1.1.0 main Running'])
  })

  it('stops services that the new release does not name', () => {
    const engine = running('1.0.0')
    advance(engine, release('1.1.0', 'download-then-kill', ['main']), calm, HOUR_MS)
    expect(statuses(engine)).toEqual(['commit-1.1.0 main Running'])
  })

  it('is turned back half-way', () => {
    const engine = running('1.0.0')
    advance(engine, release('1.1.0'), calm, 20_000)
    advance(engine, release('1.0.0'), calm, HOUR_MS)
    expect(engine.downloads.size).toBe(0)
    expect(statuses(engine)).toEqual(['commit-1.0.0 main Running', 'commit-1.0.0 agent Running'])
  })

  it('counts as applied though its service crashes for ever after', () => {
    const engine = running('1.0.0')
    const next = release('1.1.0')
    const conditions: Conditions = { ...calm, faultOf: (service) => (service === 'main' ? crash : null) }
    const happened = advance(engine, next, conditions, HOUR_MS)
    expect(kinds(happened)).toContain('applied')
    expect(engine.restarts.get('main')).toBeGreaterThan(50)
    expect(engine.exitCodes.get('main')).toBe(3)
    expect(engine.restarts.get('agent')).toBeUndefined()
  })

  it('never ends when a container cannot be started', () => {
    const engine = running('1.0.0')
    const fault: ServiceFault = { ...crash, kind: 'boot-fail' }
    const conditions: Conditions = { ...calm, faultOf: (service) => (service === 'main' ? fault : null) }
    expect(kinds(advance(engine, release('1.1.0'), conditions, HOUR_MS))).toContain('start-failed')
    expect(isUpdating(engine, release('1.1.0'))).toBe(true)
  })
})

describe('a download', () => {
  const total = (version: string, engine: Engine) =>
    release(version)
      .services.flatMap((service) => manifestOf(service.image).layers)
      .filter((layer) => !engine.layers.has(layer.digest))
      .reduce((sum, layer) => sum + layer.sizeBytes, 0)

  it('sends only layers that are missing, and far fewer bytes as a delta', () => {
    const whole = running('1.0.0')
    const missing = total('1.1.0', whole)
    advance(whole, release('1.1.0'), calm, HOUR_MS)
    expect(whole.cost).toMatchObject({ commit: 'commit-1.1.0', mode: 'full' })
    expect(Math.abs(whole.cost!.bytes - missing)).toBeLessThan(10)
    expect(whole.cost!.fullBytes).toBeGreaterThan(missing)
    const delta = running('1.0.0')
    advance(delta, release('1.1.0'), { ...calm, isDeltaEnabled: true }, HOUR_MS)
    expect(delta.cost).toMatchObject({ mode: 'delta' })
    expect(delta.cost!.bytes).toBeLessThan(missing * 0.2)
  })

  it('knows shared layers by the reference, where images have names without a version', () => {
    const nameless = (version: string) => {
      const one = release(version)
      const services = one.services.map((service) => ({
        ...service,
        image: `registry.example/v2/${service.config.replace(' ', '-')}`,
      }))
      return { ...one, services }
    }
    const engine = emptyEngine()
    advance(engine, nameless('1.0.0'), calm, HOUR_MS)
    const missing = total('1.1.0', engine)
    expect(missing).toBeLessThan(total('1.1.0', emptyEngine()))
    advance(engine, nameless('1.1.0'), calm, HOUR_MS)
    expect(Math.abs(engine.cost!.bytes - missing)).toBeLessThan(10)
    expect([...engine.images.keys()]).toEqual([
      'registry.example/v2/main-1.1.0',
      'registry.example/v2/agent-1.1.0',
    ])
    expect(total('1.1.0', engine)).toBe(0)
  })

  it('keeps whole layers through a power cut and begins the others again', () => {
    const engine = running('1.0.0')
    const next = release('1.1.0')
    const before = engine.layers.size
    while (engine.layers.size === before) advance(engine, next, calm, 500)
    const missing = total('1.1.0', engine)
    losePower(engine)
    startAll(engine)
    expect(engine.downloads.size).toBe(0)
    advance(engine, next, calm, 1)
    const left = [...engine.downloads.values()].reduce((sum, download) => sum + download.bytesTotal, 0)
    expect(Math.abs(left - missing)).toBeLessThan(10)
    advance(engine, next, calm, HOUR_MS)
    expect(engine.appliedCommit).toBe('commit-1.1.0')
  })

  it('fails when the link breaks, and is tried again later', () => {
    const engine = running('1.0.0')
    advance(engine, release('1.1.0'), calm, 2_000)
    const happened = kinds(advance(engine, release('1.1.0'), { ...calm, hasNetwork: false }, 60_000))
    expect(happened).toEqual(['download-failed', 'download-failed'])
    advance(engine, release('1.1.0'), calm, HOUR_MS)
    expect(engine.appliedCommit).toBe('commit-1.1.0')
  })
})

describe('whatever happens on the way', () => {
  const strategy = fc.constantFrom<UpdateStrategy>(
    'download-then-kill',
    'kill-then-download',
    'delete-then-download',
    'hand-over',
  )
  const event = fc.oneof(
    fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
    fc.record({ kind: fc.constantFrom('power', 'link', 'lock', 'delta' as const) }),
    fc.record({ kind: fc.constant('target' as const), minor: fc.integer({ min: 0, max: 2 }), strategy }),
  )

  it('the last target runs in the end, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), strategy, (events, last) => {
        const engine = running('1.0.0')
        let target: DesiredRelease = release('1.0.0')
        let conditions = calm
        for (const one of events) {
          if (one.kind === 'time') advance(engine, target, conditions, one.ms)
          else if (one.kind === 'target') target = release(`1.${one.minor}.0`, one.strategy)
          else if (one.kind === 'link') conditions = { ...conditions, hasNetwork: !conditions.hasNetwork }
          else if (one.kind === 'lock') conditions = { ...conditions, isLocked: !conditions.isLocked }
          else if (one.kind === 'delta')
            conditions = { ...conditions, isDeltaEnabled: !conditions.isDeltaEnabled }
          else {
            losePower(engine)
            startAll(engine)
          }
        }
        const end = release('1.3.0', last)
        advance(engine, end, calm, HOUR_MS)
        expect(statuses(engine).sort()).toEqual(['commit-1.3.0 agent Running', 'commit-1.3.0 main Running'])
        expect([...engine.images.keys()].sort()).toEqual(end.services.map((one) => one.image).sort())
        expect(engine.appliedCommit).toBe(end.commit)
        expect(nextEndMs(engine, calm)).toBe(Number.POSITIVE_INFINITY)
      }),
      { numRuns: 150 },
    )
  })

  it('many small steps lead to the same as one big one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 30 }), (steps) => {
        const conditions: Conditions = { ...calm, faultOf: (service) => (service === 'main' ? crash : null) }
        const small = running('1.0.0')
        for (const ms of steps) advance(small, release('1.1.0'), conditions, ms)
        const big = running('1.0.0')
        advance(
          big,
          release('1.1.0'),
          conditions,
          steps.reduce((sum, ms) => sum + ms, 0),
        )
        expect(statuses(small)).toEqual(statuses(big))
        expect(small.restarts).toEqual(big.restarts)
      }),
      { numRuns: 60 },
    )
  })
})
