import type { WatchKind } from '#contract/device-watch'
import type { Id, Nullable, NullableTime, Time, Default } from './column-kinds.ts'

/** Notes on devices, and who watches them. */
export type CareTables = {
  device_note: {
    id: Id
    device_id: number
    author_id: Nullable<number>
    author: string
    body: string
    created_at: Time
    edited_at: NullableTime
    edited_by: Nullable<string>
    revision: Default<number>
  }
  device_watch: {
    user_id: number
    device_id: number
    kind: WatchKind
    is_lasting: boolean
    created_at: Time
    after_event_id: number
  }
}
