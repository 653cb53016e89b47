import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { TargetState } from '#contract/device-protocol'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import { JumpWatch, type Clock } from '../../platform/clock.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import { DeviceDirectory, type KnownDevice } from './device-auth.ts'
import { adoptNextKey, readChangedKeys } from './device-key.store.ts'
import type { Judge } from './device-state.ts'
import { makeDeviceWriter } from './device-writer.ts'
import { sweepDue } from './heartbeat.ts'
import { cleanMessage, makeLogIngest, type StoredLine } from './log-ingest.ts'
import { DeviceLogs, registerLogs } from './log-stream.routes.ts'
import { registerOdata } from './odata.routes.ts'
import { registerRegistration } from './registration.routes.ts'
import { RememberAhead } from './remember-ahead.ts'
import { RememberedDevices } from './remembered-devices.ts'
import { registerState } from './state.routes.ts'
import { buildTargetState } from './target-state.ts'
import { makeTargetReader } from './target-state.store.ts'

export type DeviceApiDeps = {
  db: Kysely<Schema>
  now: () => Date
  clock: Clock
  startedAt: Date
  log: Logger
  judge: Judge
  minimumPollIntervalMs: number
  metricSpacingMs: number
  /** Messages of devices waiting for the store beyond which devices are told 503. */
  maxQueued: number
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  countReport: (outcome: string) => void
  countLogLines: (outcome: string, lines: number) => void
}

/** The side of the gateway that devices talk to, in upstream's protocol. */
export function deviceApiModule(deps: DeviceApiDeps) {
  const { db, maxQueued } = deps
  const adopt = async ({ deviceId }: { deviceId: number }, keyHash: string) => {
    const device = await adoptNextKey(deps, deviceId, keyHash)
    if (device) deps.publish([{ kind: 'device', ...device, aspects: new Set(['key', 'event']) }])
  }
  const directory = new DeviceDirectory(db, () => deps.now().getTime(), maxQueued, adopt)
  const remembered = new RememberedDevices()
  const jumps = new JumpWatch(deps.clock)
  let listeningSinceMs = deps.startedAt.getTime()
  const writer = makeDeviceWriter({ ...deps, listeningSinceMs: () => listeningSinceMs }, remembered)
  const ahead = new RememberAhead({ db, log: deps.log, remembered, queued: () => writer.queued })
  const ingest = makeLogIngest({ ...deps, count: deps.countLogLines })
  const logs = new DeviceLogs({ ...deps, directory, writer, ingest, count: deps.countLogLines })
  let keysSeen = deps.now()
  /** A notice of another gateway may be lost: nothing may be remembered with a key that has changed. */
  async function followKeys(): Promise<void> {
    const at = deps.now()
    for (const { deviceId, uuid, keyHash } of await readChangedKeys(db, keysSeen)) {
      directory.follow(uuid, keyHash)
      if (remembered.get(deviceId)?.keyHash !== keyHash) remembered.forget(deviceId)
      logs.recheck(uuid)
    }
    keysSeen = at
  }
  const readTarget = makeTargetReader(db, deps)
  return {
    directory,
    writer,
    /** Change listener: a deleted or moved device must not be remembered as it was. */
    observe(changes: readonly Change[]): void {
      for (const change of changes) {
        if (change.kind === 'device') directory.observe(change)
        if (change.kind === 'device' && change.aspects.has('key')) {
          remembered.forget(change.deviceId)
          logs.recheck(change.uuid)
        }
        if (change.kind === 'release') writer.forgetReleases()
        if (change.kind !== 'device-removed') continue
        directory.forget(change.uuid)
        logs.forget(change.uuid)
      }
    },
    /** Job: connectivity and health that time alone changes, and keys whose change was not told here. */
    async sweep(): Promise<number> {
      await followKeys()
      const now = deps.now()
      const jumpedMs = jumps.look()
      if (jumpedMs !== 0) {
        // As after a start: nobody could be heard in a time that never passed.
        listeningSinceMs = now.getTime()
        deps.log.warn(
          { jumpedMs },
          'the clock was set, or this machine stood still: devices get their time to be heard again',
        )
      }
      return sweepDue(db, writer, now)
    },
    /** What the device is told to run; null when it is gone. */
    async targetOf(deviceId: number): Promise<TargetState | null> {
      const source = await readTarget(deviceId)
      return source && buildTargetState(source)
    },
    /** Stores lines of a device that came in by another way than its log stream; it has no key here. */
    async storeLines(
      device: Omit<KnownDevice, 'keyHash'>,
      lines: readonly Omit<StoredLine, 'device' | 'serviceId'>[],
    ): Promise<void> {
      await ingest.store(
        lines.map((line) => ({
          ...line,
          message: cleanMessage(line.message),
          device: { ...device, keyHash: '' },
          serviceId: null,
        })),
      )
    },
    /** Begins to remember devices before they report. */
    start: () => ahead.start(),
    /** How many devices are remembered, and whether more are being read. */
    get remembering() {
      return { devices: remembered.size, isRunning: ahead.isRunning }
    },
    /** Ends the log streams, which have no end of their own, and what `start` began. */
    async close(): Promise<void> {
      await Promise.all([logs.close(), ahead.stop()])
    },
    /** Waits until everything accepted is stored. */
    async flush(): Promise<void> {
      await writer.flush()
      await ingest.flush()
    },
    register(app: FastifyInstance): void {
      registerRegistration(app, { ...deps, directory })
      registerOdata(app, { ...deps, directory })
      registerState(app, { ...deps, directory, writer, remembered, readTarget })
      registerLogs(app, logs)
    },
  }
}
