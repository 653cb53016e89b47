import type { Default, Nullable, NullableTime } from './column-kinds.ts'

/** What was last seen at the source that fleets are mirrored from. */
export type SourceTables = {
  source_fleet: {
    fleet_id: number
    policy: 'track-latest' | 'pinned'
    target_release_id: Nullable<number>
    read_at: NullableTime
  }
  source_device: {
    device_id: number
    pin_release_id: Nullable<number>
    fingerprint: string
    lines_until: NullableTime
    lines_at_until: Default<number>
  }
}
