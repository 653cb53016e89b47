import type { Kysely, Transaction } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import { isDeadlock } from '../../platform/db/deadlock.ts'
import { GroupCommit, type Coming } from '../../platform/db/group-commit.ts'
import { storeFailure } from '../../platform/db/store-failure.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { eventsOf } from './device-events.ts'
import { changedColumns } from './device-columns.ts'
import { DevicesBehind } from './devices-behind.ts'
import { isOnlyHeard } from './device-news.ts'
import { aspectsOf, saveDevices, stillCurrent, type DeviceStep } from './device-save.store.ts'
import type { Judge } from './device-state.ts'
import { appsAfter, byDevice, followOn, isOwnKey, newApps, type Own } from './device-inputs.ts'
import { lockDevices, readDevices } from './device-state.store.ts'
import { stepDevice, type DeviceInput } from './device-step.ts'
import { isKnown, KnownReleasesMemory, readKnown, releaseKey, type Known } from './known-releases.store.ts'
import { RememberedDevices, type StoredDevice } from './remembered-devices.ts'
import type { KnownReleases } from './report-merge.ts'

export type WriterDeps = {
  db: Kysely<Schema>
  now: () => Date
  /** When this gateway began to listen, ms since the epoch. */
  listeningSinceMs: () => number
  metricSpacingMs: number
  /** Messages waiting to be stored beyond which devices are told 503. */
  maxQueued: number
  judge: Judge
  publish: (changes: readonly Change[]) => void
}

/**
 * What became of an input: `unknown-release`: the report names a release or image that the gateway does not have;
 * `foreign-key`: the key it was said with is not, or no longer, the device's own.
 */
export type InputOutcome = 'stored' | 'gone' | 'unknown-release' | 'foreign-key'

const MAX_GROUP = 250
/** Groups written at once: one is prepared while another waits for the database. A device is always in the same. */
const LANES = 2
const DEADLOCK_TRIES = 3

/** The write of an input failed; the others of its group are stored. */
class Failed {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}
type Result = InputOutcome | Failed

type Settle = (own: Own, step: Step, version: string) => void
type Step = DeviceStep & { stored: StoredDevice }

const releasesOf = (known: Known): KnownReleases => ({
  isFleet: (uuid) => known.fleetUuids.has(uuid),
  find: (uuid, commit) => known.releases.get(releaseKey(uuid, commit)),
})

/**
 * The one place through which devices and the clock change what is stored of a device. Inputs gather while a write runs
 * and are stored in groups (docs: ARCHITECTURE.md, one device report): in one statement where they are still as they were
 * remembered or read. The others are stored after they were locked, in groups of their own: whoever else is in the group
 * does not wait for them.
 */
export function makeDeviceWriter(deps: WriterDeps, remembered = new RememberedDevices()) {
  const releasesMemory = new KnownReleasesMemory(() => deps.now().getTime())

  function stepOf(
    stored: StoredDevice,
    inputs: readonly DeviceInput[],
    releases: KnownReleases,
    now: Date,
  ): Step {
    const nowMs = now.getTime()
    const before = stored.state
    const startedAtMs = deps.listeningSinceMs()
    const after = stepDevice(before, inputs, { nowMs, startedAtMs, releases, judge: deps.judge })
    return {
      before,
      after,
      columns: changedColumns(before, after),
      version: stored.version,
      fleetVersion: stored.fleetVersion,
      stored,
      events: eventsOf(before, after, nowMs),
      isMetricDue: isMetricDue(before.metricsAtMs, after.metricsAtMs, deps.metricSpacingMs),
    }
  }

  /** The devices as they are remembered; those that are not are read, without a lock: what is stored is only tried. */
  async function recall(groups: readonly Own[]): Promise<Map<number, StoredDevice>> {
    const devices = new Map<number, StoredDevice>()
    const unknown: number[] = []
    for (const { deviceId } of groups) {
      const stored = remembered.get(deviceId)
      if (stored) devices.set(deviceId, stored)
      else unknown.push(deviceId)
    }
    for (const stored of await readDevices(deps.db, unknown))
      devices.set(stored.state.deviceId, remembered.share(stored))
    return devices
  }

  /**
   * Stores what follows on recalled states; answers the devices that it did not fit, that others have written since,
   * or all where it failed: what cannot be stored shows when they are stored after being locked.
   */
  async function writeRecalled(groups: readonly Own[], now: Date, settle: Settle): Promise<Own[]> {
    const devices = await recall(groups)
    const left: Own[] = []
    const asked = groups.flatMap((own) => {
      const stored = devices.get(own.deviceId)
      if (stored) return [{ own, stored, told: newApps(own, stored) }]
      left.push(own)
      return []
    })
    const known = await releasesMemory.read(
      deps.db,
      asked.flatMap(({ told }) => told),
    )
    const releases = releasesOf(known)
    const moving: { own: Own; step: Step }[] = []
    const resting: { own: Own; step: Step }[] = []
    for (const { own, stored, told } of asked) {
      const inputs = followOn(own, stored, told, known)
      if (inputs === null) {
        left.push(own)
        continue
      }
      const step = stepOf(stored, inputs, releases, now)
      ;(isOnlyHeard(step, deps.metricSpacingMs) ? resting : moving).push({ own, step })
    }
    const versions = await saveDevices(
      deps.db,
      moving.map(({ step }) => step),
      now,
    ).catch(() => new Map<number, string>())
    const current = await stillCurrent(
      deps.db,
      resting.map(({ step: { stored } }) => ({ ...stored, deviceId: stored.state.deviceId })),
    )
    for (const { own, step } of moving) {
      const version = versions.get(own.deviceId)
      if (version === undefined) left.push(own)
      else settle(own, step, version)
    }
    for (const { own } of resting) if (!current.has(own.deviceId)) left.push(own)
    return left
  }

  /** Reads, locks, steps and stores these devices in one transaction. */
  async function writeLoaded(
    trx: Transaction<Schema>,
    groups: readonly Own[],
    now: Date,
    results: Result[],
  ): Promise<{ own: Own; step: Step; version: string }[]> {
    const known = await readKnown(
      trx,
      groups.flatMap((own) => own.inputs),
    )
    const releases = releasesOf(known)
    const ids = groups.map((own) => own.deviceId)
    await lockDevices(trx, ids)
    const loaded = new Map((await readDevices(trx, ids)).map((stored) => [stored.state.deviceId, stored]))
    const stepped: { own: Own; step: Step }[] = []
    for (const own of groups) {
      const stored = loaded.get(own.deviceId)
      const taken: Own = { ...own, inputs: [], places: [] }
      own.inputs.forEach((input, index) => {
        const place = own.places[index] ?? 0
        const outcome = outcomeOf(input, stored, isKnown(input, known))
        results[place] = outcome
        if (outcome !== 'stored') return
        taken.inputs.push(input)
        taken.places.push(place)
      })
      if (!stored || taken.inputs.length === 0) continue
      stepped.push({ own: taken, step: stepOf(remembered.share(stored), taken.inputs, releases, now) })
    }
    const steps = stepped.map(({ step }) => step)
    if (steps.length === 0) return []
    // The rows are locked, and their fleets were read with them.
    const versions = await saveDevices(
      trx,
      steps.map((step) => ({ ...step, fleetVersion: null })),
      now,
    )
    return stepped.map(({ own, step }) => ({ own, step, version: versions.get(own.deviceId) ?? '0' }))
  }

  /** What was remembered of a device fitted no more: it is what was settled now, or not known. */
  function forgetAllBut(settled: readonly { own: Own }[], left: readonly Own[]): void {
    const known = new Set(settled.map(({ own }) => own.deviceId))
    for (const { deviceId } of left) if (!known.has(deviceId)) remembered.forget(deviceId)
  }

  /** The same in halves where it fails, until what cannot be stored stands alone; all fail where the store is away. */
  async function writeLeft(
    left: readonly Own[],
    now: Date,
    settle: Settle,
    results: Result[],
    triesLeft = DEADLOCK_TRIES,
  ): Promise<void> {
    if (left.length === 0) return
    try {
      const settled = await deps.db.transaction().execute((trx) => writeLoaded(trx, left, now, results))
      for (const { own, step, version } of settled) settle(own, step, version)
      forgetAllBut(settled, left)
    } catch (error) {
      if (triesLeft > 0 && isDeadlock(error)) return writeLeft(left, now, settle, results, triesLeft - 1)
      if (left.length === 1 || storeFailure(error) !== null) {
        for (const own of left) for (const place of own.places) results[place] = new Failed(error)
        forgetAllBut([], left)
        return
      }
      const middle = Math.ceil(left.length / 2)
      await writeLeft(left.slice(0, middle), now, settle, results)
      await writeLeft(left.slice(middle), now, settle, results)
    }
  }

  /** Gathers what a write changed; `publish` it after the commit. */
  function settling() {
    const changes: Change[] = []
    const settle: Settle = (own, step, version) => {
      const { stored, before, after } = step
      remembered.follow(stored, {
        ...stored,
        state: after,
        version,
        apps: own.inputs.reduce(appsAfter, stored.apps),
      })
      const aspects = aspectsOf(before, after, step.events.length > 0)
      const { deviceId, uuid, fleetId } = after
      if (aspects.size > 0) changes.push({ kind: 'device', deviceId, uuid, fleetId, aspects })
    }
    return { settle, publish: () => deps.publish(changes) }
  }

  /** Stores inputs after their devices were locked, whatever is remembered of them. */
  async function writeLocked(inputs: readonly DeviceInput[]): Promise<Result[]> {
    const { settle, publish } = settling()
    const results: Result[] = inputs.map(() => 'stored')
    await writeLeft([...byDevice(inputs).values()], deps.now(), settle, results)
    publish()
    return results
  }
  const locked = new GroupCommit<DeviceInput, Result>({
    name: 'device reports',
    write: writeLocked,
    maxGroup: MAX_GROUP,
    maxQueued: deps.maxQueued,
    lanes: LANES,
    laneOf: (input) => input.deviceId,
  })
  const behind = new DevicesBehind()

  async function writeGroup(inputs: readonly DeviceInput[]): Promise<Coming<Result>[]> {
    const { settle, publish } = settling()
    const results: Coming<Result>[] = inputs.map(() => 'stored')
    const groups = [...byDevice(inputs).values()]
    const held = groups.filter(({ deviceId }) => behind.has(deviceId))
    const free = groups.filter(({ deviceId }) => !behind.has(deviceId))
    const left = await writeRecalled(free, deps.now(), settle)
    publish()
    for (const { inputs: own, places } of [...held, ...left])
      own.forEach((input, index) => {
        results[places[index] ?? 0] = behind.until(input.deviceId, locked.submit(input))
      })
    return results
  }

  const commit = new GroupCommit<DeviceInput, Result>({
    name: 'device reports',
    write: writeGroup,
    maxGroup: MAX_GROUP,
    maxQueued: deps.maxQueued,
    lanes: LANES,
    laneOf: (input) => input.deviceId,
  })
  const outcomeOrThrow = (result: Result): InputOutcome => {
    if (result instanceof Failed) throw result.error
    return result
  }
  return {
    /** Stores one input with others; rejects with Overloaded when too many wait. */
    submit: async (input: DeviceInput) => outcomeOrThrow(await commit.submit(input)),
    get isFull() {
      return commit.queued + locked.queued >= deps.maxQueued
    },
    get queued() {
      return commit.queued + locked.queued
    },
    /** A release has changed: what reports say of it is looked up anew. */
    forgetReleases: () => releasesMemory.forget(),
    flush: async () => {
      await commit.flush()
      await locked.flush()
    },
    /** Stores these together, past the queue. Rejects when one of them failed; the others are stored. */
    write: async (inputs: readonly DeviceInput[]) =>
      Promise.all((await writeGroup(inputs)).map(async (one) => outcomeOrThrow(await one))),
  }
}
export type DeviceWriter = ReturnType<typeof makeDeviceWriter>

function outcomeOf(
  input: DeviceInput,
  stored: StoredDevice | undefined,
  isKnownRelease: boolean,
): InputOutcome {
  if (!stored) return 'gone'
  if (!isOwnKey(input, stored)) return 'foreign-key'
  return isKnownRelease ? 'stored' : 'unknown-release'
}

/** Upstream stores metrics at most once in a span; what came between only shows as the latest value. */
const isMetricDue = (beforeMs: number | null, afterMs: number | null, spacingMs: number) =>
  afterMs !== null &&
  afterMs !== beforeMs &&
  (beforeMs === null || Math.floor(afterMs / spacingMs) !== Math.floor(beforeMs / spacingMs))
