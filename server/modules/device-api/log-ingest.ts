import { sql, type Kysely } from 'kysely'
import { MAX_LOG_MESSAGE_LENGTH, type DeviceLogLine } from '#contract/device-protocol'
import type { LogLine } from '#contract/log'
import type { Change } from '../../platform/changes.ts'
import { GroupCommit } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { KnownDevice } from './device-auth.ts'
import { readLogLevel } from './log-level.ts'

/** Lines a device may store in one span; beyond, they are counted and a marker says how many are missing. */
export const LINES_PER_SPAN = 5_000
export const SPAN_MS = 10_000
const SERVICE_CACHE_MS = 60_000

type StoredLine = {
  device: KnownDevice
  serviceId: number | null
  isSystem: boolean
  isStderr: boolean
  atMs: number
  message: string
}

export type LogIngestDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  count: (outcome: string, lines: number) => void
}

/** Timestamps a clock years off may bring, but no date a column cannot hold. */
const LATEST_MS = Date.parse('9000-01-01T00:00:00Z')
const safeTime = (ms: number, fallbackMs: number) =>
  Number.isFinite(ms) && ms >= 0 && ms < LATEST_MS ? ms : fallbackMs

// PostgreSQL text cannot hold NUL.
const clean = (message: string) => message.slice(0, MAX_LOG_MESSAGE_LENGTH).replaceAll('\u0000', '')

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
    message: clean(line.message),
  }
}

/** Names of services by id; they never change, so a minute's memory is safe and misses are looked up again. */
class ServiceNames {
  readonly #db: Kysely<Schema>
  #names = new Map<number, { name: string; fleetId: number }>()
  #loadedAtMs = 0
  constructor(db: Kysely<Schema>) {
    this.#db = db
  }
  async load(ids: readonly number[], nowMs: number): Promise<Map<number, { name: string; fleetId: number }>> {
    const missing = ids.filter((id) => !this.#names.has(id))
    if (missing.length > 0 && (this.#loadedAtMs + SERVICE_CACHE_MS < nowMs || missing.length > 0)) {
      const rows = await this.#db
        .selectFrom('service')
        .select(['id', 'name', 'fleet_id'])
        .where('id', 'in', missing)
        .execute()
      for (const row of rows) this.#names.set(row.id, { name: row.name, fleetId: row.fleet_id })
      this.#loadedAtMs = nowMs
    }
    return this.#names
  }
}

/** Stores log lines of all devices in groups and tells the live readers; resolves once they are committed. */
export function makeLogIngest(deps: LogIngestDeps) {
  const services = new ServiceNames(deps.db)

  async function write(groups: readonly (readonly StoredLine[])[]): Promise<null[]> {
    const now = deps.now()
    const names = await services.load(
      [...new Set(groups.flat().flatMap((line) => line.serviceId ?? []))],
      now.getTime(),
    )
    const lines = groups.flat().filter((line) => line.serviceId === null || names.has(line.serviceId))
    if (lines.length === 0) return groups.map(() => null)
    const rows = lines.map((line) => ({
      device_id: line.device.deviceId,
      fleet_id: line.device.fleetId,
      service_name: line.serviceId === null ? null : (names.get(line.serviceId)?.name ?? null),
      is_system: line.isSystem,
      is_stderr: line.isStderr,
      level: readLogLevel(line.message, line.isStderr),
      at: new Date(line.atMs).toISOString(),
      received_at: now.toISOString(),
      message: line.message,
    }))
    const inserted = await sql<{ id: number; name: string; device_id: number }>`
      with added as (
        insert into log_line (device_id, fleet_id, service_name, is_system, is_stderr, level, at, received_at, message)
        select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as next(device_id bigint, fleet_id bigint, service_name text,
          is_system boolean, is_stderr boolean, level text, at timestamptz, received_at timestamptz, message text)
        returning id, device_id)
      select added.id, added.device_id, d.name from added join device d on d.id = added.device_id order by added.id`.execute(
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
          deviceName: stored.name,
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
    maxQueued: 2_000,
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

/** Lets a device's lines through up to a rate; says how many were left out when the span ends. */
export class LineBudget {
  #spanEndsMs = 0
  #used = 0
  #left = 0

  /** How many of `count` lines may pass now, and how many of an earlier span were left out and are to be told. */
  take(count: number, nowMs: number): { allowed: number; leftOut: number } {
    let leftOut = 0
    if (nowMs >= this.#spanEndsMs) {
      leftOut = this.#left
      this.#spanEndsMs = nowMs + SPAN_MS
      this.#used = 0
      this.#left = 0
    }
    const allowed = Math.max(0, Math.min(count, LINES_PER_SPAN - this.#used))
    this.#used += allowed
    this.#left += count - allowed
    return { allowed, leftOut }
  }
}
