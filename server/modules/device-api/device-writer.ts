import { sql, type Kysely, type Transaction } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import { GroupCommit } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { eventsOf } from './device-events.ts'
import type { DeviceState, Judge, ReleaseName } from './device-state.ts'
import { aspectsOf, insertEvents, insertMetrics, loadDevices, saveDevices } from './device-state.store.ts'
import { stepDevice, type DeviceInput } from './device-step.ts'
import type { KnownReleases } from './report-merge.ts'

export type WriterDeps = {
  db: Kysely<Schema>
  now: () => Date
  startedAt: Date
  metricSpacingMs: number
  /** Messages waiting to be stored beyond which devices are told 503. */
  maxQueued: number
  judge: Judge
  publish: (changes: readonly Change[]) => void
}

/** What became of an input: `unknown-release`: the report names a release or image that the gateway does not have. */
export type InputOutcome = 'stored' | 'gone' | 'unknown-release'

/** Releases and images by fleet uuid and commit: two fleets may have a release of the same commit. */
type Known = { fleetUuids: Set<string>; releases: Map<string, ReleaseName>; images: Map<string, Set<string>> }
const releaseKey = (fleetUuid: string, commit: string) => `${fleetUuid}/${commit}`

const mentioned = (inputs: readonly DeviceInput[]) =>
  inputs.flatMap((input) => (input.kind === 'report' ? Object.entries(input.report.apps ?? {}) : []))

/** The fleets, releases and images that the reports of this group speak of. */
async function readKnown(trx: Transaction<Schema>, inputs: readonly DeviceInput[]): Promise<Known> {
  const apps = mentioned(inputs)
  const known: Known = { fleetUuids: new Set(), releases: new Map(), images: new Map() }
  if (apps.length === 0) return known
  const uuids = [...new Set(apps.map(([uuid]) => uuid))]
  const rows = await sql<{
    uuid: string
    id: number | null
    commit: string | null
    semver: string | null
    images: string[] | null
  }>`
    select f.uuid, r.id, r.commit, r.semver, (select array_agg(i.image) from release_image i where i.release_id = r.id) as images
    from fleet f left join release r on r.fleet_id = f.id and r.commit = any(${[...new Set(apps.flatMap(([, app]) => [...Object.keys(app.releases ?? {}), app.release_uuid ?? '']))]}::text[])
    where f.uuid = any(${uuids}::text[])`.execute(trx)
  for (const row of rows.rows) {
    known.fleetUuids.add(row.uuid)
    if (row.id === null || row.commit === null || row.semver === null) continue
    const key = releaseKey(row.uuid, row.commit)
    known.releases.set(key, { id: row.id, commit: row.commit, semver: row.semver })
    known.images.set(key, new Set((row.images ?? []).map((image) => image.toLowerCase())))
  }
  return known
}

/** Upstream refuses a report whose release, or an image of it, does not exist; other apps (supervisor, host) pass. */
function isKnown(input: DeviceInput, known: Known): boolean {
  return mentioned([input])
    .filter(([uuid]) => known.fleetUuids.has(uuid))
    .every(([uuid, app]) =>
      Object.entries(app.releases ?? {}).every(([commit, release]) => {
        const images = known.images.get(releaseKey(uuid, commit))
        return (
          images !== undefined &&
          Object.values(release.services).every((service) => images.has(service.image.toLowerCase()))
        )
      }),
    )
}

/**
 * The one place through which devices and the clock change what is stored of a device. Inputs gather while a write runs
 * and are stored in groups: one read, one step a device, one write (docs: ARCHITECTURE.md, one device report).
 */
export function makeDeviceWriter(deps: WriterDeps) {
  const startedAtMs = deps.startedAt.getTime()

  async function write(inputs: readonly DeviceInput[]): Promise<InputOutcome[]> {
    const now = deps.now()
    const changes: Change[] = []
    const outcomes = await deps.db.transaction().execute(async (trx) => {
      changes.length = 0
      const known = await readKnown(trx, inputs)
      const states = await loadDevices(trx, [...new Set(inputs.map((input) => input.deviceId))])
      const results = inputs.map((input): InputOutcome => {
        if (!states.has(input.deviceId)) return 'gone'
        return isKnown(input, known) ? 'stored' : 'unknown-release'
      })
      const releases: KnownReleases = {
        isFleet: (uuid) => known.fleetUuids.has(uuid),
        find: (uuid, commit) => known.releases.get(releaseKey(uuid, commit)),
      }
      const steps: { before: DeviceState; after: DeviceState }[] = []
      for (const before of states.values()) {
        const own = inputs.filter(
          (input, index) => input.deviceId === before.deviceId && results[index] === 'stored',
        )
        if (own.length === 0) continue
        const after = stepDevice(before, own, {
          nowMs: now.getTime(),
          startedAtMs,
          releases,
          judge: deps.judge,
        })
        steps.push({ before, after })
      }
      await saveDevices(trx, steps, now)
      await insertMetrics(trx, dueMetrics(steps, deps.metricSpacingMs), now)
      const events = steps.flatMap(({ before, after }) =>
        eventsOf(before, after, now.getTime()).map((event) => ({
          ...event,
          deviceId: after.deviceId,
          fleetId: after.fleetId,
        })),
      )
      await insertEvents(trx, events, now)
      const withEvents = new Set(events.map((event) => event.deviceId))
      for (const { before, after } of steps) {
        const aspects = aspectsOf(before, after, withEvents.has(after.deviceId))
        if (aspects.size > 0)
          changes.push({
            kind: 'device',
            deviceId: after.deviceId,
            uuid: after.uuid,
            fleetId: after.fleetId,
            aspects,
          })
      }
      return results
    })
    deps.publish(changes)
    return outcomes
  }

  const commit = new GroupCommit<DeviceInput, InputOutcome>({
    name: 'device reports',
    write,
    maxGroup: 250,
    maxQueued: deps.maxQueued,
  })
  return {
    /** Stores one input with others; rejects with Overloaded when too many wait. */
    submit: (input: DeviceInput) => commit.submit(input),
    get isFull() {
      return commit.queued >= deps.maxQueued
    },
    flush: () => commit.flush(),
    write,
  }
}
export type DeviceWriter = ReturnType<typeof makeDeviceWriter>

/** Upstream stores metrics at most once in a span; what came between only shows as the latest value. */
function dueMetrics(
  steps: readonly { before: DeviceState; after: DeviceState }[],
  spacingMs: number,
): DeviceState[] {
  return steps
    .filter(({ before, after }) => {
      if (after.metricsAtMs === null || after.metricsAtMs === before.metricsAtMs) return false
      return (
        before.metricsAtMs === null ||
        Math.floor(after.metricsAtMs / spacingMs) !== Math.floor(before.metricsAtMs / spacingMs)
      )
    })
    .map((step) => step.after)
}
