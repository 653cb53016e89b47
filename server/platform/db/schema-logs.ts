import type { LogLevel } from '#contract/log'
import type { SavedLogSearch } from '#contract/log-search'
import type { Default, DefaultTime, Id, Json, Nullable, Time } from './column-kinds.ts'

/** Tables of log lines and what goes with them. */
export type LogTables = {
  log_line: {
    id: Id
    device_id: number
    fleet_id: number
    service_name: Nullable<string>
    is_system: boolean
    is_stderr: boolean
    level: LogLevel
    at: Time
    received_at: Time
    message: string
  }
  /** Kept by triggers on log_line. */
  log_usage: { fleet_id: number; hour: Time; lines: number; bytes: number }
  log_query: {
    id: Id
    name: string
    user_id: Nullable<number>
    saved_by: string
    is_shared: Default<boolean>
    search: Json<SavedLogSearch>
    updated_at: DefaultTime
  }
}
