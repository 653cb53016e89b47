import { sql } from 'kysely'
import type { LogLevel, LogLine } from '#contract/log'

/** A stored line with its device; `uuid` and `name` are null when the device is not there any more. */
export type LogRow = {
  id: number
  uuid: string | null
  name: string | null
  deleted_at: Date | null
  at: Date
  received_at: Date
  service_name: string | null
  is_system: boolean
  is_stderr: boolean
  level: LogLevel
  message: string
}

/** Columns of log_line (alias `l`) that a line is made from; `withDevice` adds the others. */
export const lineColumns = sql`l.id, l.device_id, l.at, l.received_at, l.service_name, l.is_system, l.is_stderr, l.level, l.message`

/** Columns and join that make rows of `lines` (an alias) whole. */
export const rowColumns = sql`lines.*, d.uuid, d.name, d.deleted_at`
export const joinDevice = sql`left join device d on d.id = lines.device_id`

/** The line of the contract, or none when its device is gone. */
export function toLines(row: LogRow): LogLine[] {
  if (row.uuid === null || row.name === null || row.deleted_at !== null) return []
  return [
    {
      id: row.id,
      deviceUuid: row.uuid,
      deviceName: row.name,
      at: row.at.toISOString(),
      receivedAt: row.received_at.toISOString(),
      service: row.service_name,
      isSystem: row.is_system,
      isStderr: row.is_stderr,
      level: row.level,
      message: row.message,
    },
  ]
}
