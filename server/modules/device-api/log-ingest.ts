import { sql, type Kysely } from 'kysely'
import { MAX_LOG_MESSAGE_LENGTH, type DeviceLogLine } from '#contract/device-protocol'
import type { LogLine } from '#contract/log'
import type { Change } from '../../platform/changes.ts'
import { GroupCommit } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { KnownDevice } from './device-auth.ts'
import { clip, storable } from '../../platform/db/storable-text.ts'
import { readLogLevel } from './log-level.ts'

export type StoredLine = {
  device: KnownDevice
  serviceId: number | null
  /** Instead of an id, where the line comes from a source that names services. */
  serviceName?: string | null
  isSystem: boolean
  isStderr: boolean
  atMs: number
  message: string
}

export type LogIngestDeps = {
  db: Kysely<Schema>
  now: () => Date
  /** Deliveries waiting to be stored beyond which devices are told 503. */
  maxQueued: number
  publish: (changes: readonly Change[]) => void
  count: (outcome: string, lines: number) => void
}

/** Timestamps a clock years off may bring, but no date a column cannot hold. */
const LATEST_MS = Date.parse('9000-01-01T00:00:00Z')
const safeTime = (ms: number, fallbackMs: number) =>
  Number.isFinite(ms) && ms >= 0 && ms < LATEST_MS ? ms : fallbackMs

/** A message as it can be stored. */
export const cleanMessage = (message: string) => storable(clip(message, MAX_LOG_MESSAGE_LENGTH))

/** A line as it is stored, or null when it is to be skipped: no service and not the system's, or another device's. */
export function toStored(line: DeviceLogLine, device: KnownDevice, nowMs: number): StoredLine | null {
  if (line.uuid !== undefined) return null
  const isSystem = line.isSystem === true
  if (!isSystem && line.serviceId === undefined) return null
  return {
    device,
    serviceId: isSystem ? null : (line.serviceId ?? null),
    isSystem,
    isStderr: line.isStdErr === true,
    atMs: safeTime(line.timestamp, nowMs),
    message: cleanMessage(line.message),
  }
}

/** Names of services by id. They never change and are remembered; an unknown id is looked up each time. */
class ServiceNames {
  readonly #db: Kysely<Schema>
  readonly #names = new Map<number, string>()
  constructor(db: Kysely<Schema>) {
    this.#db = db
  }
  async load(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const missing = ids.filter((id) => !this.#names.has(id))
    if (missing.length > 0) {
      const rows = await this.#db
        .selectFrom('service')
        .select(['id', 'name'])
        .where('id', 'in', missing)
        .execute()
      for (const row of rows) this.#names.set(row.id, row.name)
    }
    return this.#names
  }
}

/** Stores log lines of all devices in groups and tells the live readers; resolves once they are committed. */
export function makeLogIngest(deps: LogIngestDeps) {
  const services = new ServiceNames(deps.db)

  async function write(groups: readonly (readonly StoredLine[])[]): Promise<null[]> {
    const now = deps.now()
    const all = groups.flat()
    const names = await services.load([...new Set(all.flatMap((line) => line.serviceId ?? []))])
    const lines = all.filter((line) => line.serviceId === null || names.has(line.serviceId))
    if (lines.length < all.length) deps.count('skipped', all.length - lines.length)
    if (lines.length === 0) return groups.map(() => null)
    const rows = lines.map((line) => ({
      device_id: line.device.deviceId,
      fleet_id: line.device.fleetId,
      service_name:
        line.serviceId === null ? (line.serviceName ?? null) : (names.get(line.serviceId) ?? null),
      is_system: line.isSystem,
      is_stderr: line.isStderr,
      level: readLogLevel(line.message, line.isStderr),
      at: new Date(line.atMs).toISOString(),
      received_at: now.toISOString(),
      message: line.message,
    }))
    const inserted = await sql<{ id: number; name: string | null; device_id: number }>`
      with added as (
        insert into log_line (device_id, fleet_id, service_name, is_system, is_stderr, level, at, received_at, message)
        select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as next(device_id bigint, fleet_id bigint, service_name text,
          is_system boolean, is_stderr boolean, level text, at timestamptz, received_at timestamptz, message text)
        returning id, device_id)
      select added.id, added.device_id, d.name from added left join device d on d.id = added.device_id order by added.id`.execute(
      deps.db,
    )
    deps.count('stored', lines.length)
    const published = inserted.rows.flatMap((stored, index): LogLine[] => {
      const row = rows[index]
      const line = lines[index]
      if (!row || !line) return []
      return [
        {
          id: stored.id,
          deviceUuid: line.device.uuid,
          deviceName: stored.name ?? '',
          at: row.at,
          receivedAt: row.received_at,
          service: row.service_name,
          isSystem: row.is_system,
          isStderr: row.is_stderr,
          level: row.level,
          message: row.message,
        },
      ]
    })
    deps.publish([
      {
        kind: 'log',
        lines: published,
        fleetIdOf: new Map(lines.map((line) => [line.device.uuid, line.device.fleetId])),
      },
    ])
    return groups.map(() => null)
  }

  const commit = new GroupCommit<readonly StoredLine[], null>({
    name: 'device logs',
    write,
    maxGroup: 200,
    maxQueued: deps.maxQueued,
  })
  return {
    /** One device's lines, in their order. */
    async store(lines: readonly StoredLine[]): Promise<void> {
      if (lines.length > 0) await commit.submit(lines)
    },
    flush: () => commit.flush(),
  }
}
export type LogIngest = ReturnType<typeof makeLogIngest>
