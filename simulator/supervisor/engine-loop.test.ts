import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Disk } from '../device/session.ts'
import { Link } from '../device/link.ts'
import { makeSlots } from '../device/os-slots.ts'
import { emptyEngine } from '../engine/engine.ts'
import type { Conditions } from '../engine/apply.ts'
import type { Target } from '../engine/target.ts'
import { Pace, Timers } from '../pace.ts'
import { emptyJournal } from './command-journal.ts'
import { makeEngineLoop } from './engine-loop.ts'

const target: Target = {
  name: 'quiet-heron',
  pollIntervalMs: 1000,
  isDeltaEnabled: false,
  isLogging: false,
  isLockOverridden: false,
  appUuids: ['app'],
  release: {
    appUuid: 'app',
    commit: 'commit-1',
    services: [
      {
        name: 'main',
        serviceId: 1,
        image: 'registry.example/main:1.0.0',
        reference: 'registry.example/main:1.0.0',
        strategy: 'download-then-kill',
        handoverMs: 1000,
        config: 'main 1.0.0',
        isRunning: true,
        fault: null,
      },
    ],
  },
  hostOsVersion: null,
}

beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => vi.useRealTimers())

function loop() {
  const pace = new Pace(1)
  const disk: Disk = {
    deviceId: 1,
    keys: { own: 'a key', next: null },
    engine: emptyEngine(),
    target: null,
    slots: makeSlots('6.5.3', null),
    supervisorRestarts: 0,
    journal: emptyJournal(),
    freedPercent: 0,
  }
  const conditions: Conditions = {
    hasNetwork: true,
    bytesPerSecond: 10_000,
    isDeltaEnabled: false,
    isLocked: false,
    faultOf: () => null,
  }
  const timers = new Timers(pace, (error) => {
    throw error
  })
  const engine = makeEngineLoop(
    { disk, link: new Link(), pace, timers, around: { conditions: () => ({ ...conditions }) } },
    () => undefined,
  )
  const doneBytes = () =>
    [...disk.engine.downloads.values()].reduce((sum, download) => sum + download.bytesDone, 0)
  return { engine, disk, conditions, doneBytes }
}

it('downloads nothing in the hours before it was told of a release', () => {
  const { engine, disk, doneBytes } = loop()
  vi.advanceTimersByTime(5 * 3_600_000)
  disk.target = target
  engine.work()
  expect([disk.engine.downloads.size, doneBytes()]).toEqual([1, 0])
  vi.advanceTimersByTime(10_000)
  expect(doneBytes()).toBe(100_000)
})

it('counts the time before a link became slow at the speed it had', () => {
  const { engine, disk, conditions, doneBytes } = loop()
  disk.target = target
  engine.work()
  vi.advanceTimersByTime(4000)
  conditions.bytesPerSecond = 10
  engine.work()
  expect(doneBytes()).toBe(40_000)
})
