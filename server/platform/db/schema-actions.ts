import type { ActionKind, ActionState, ActionWay } from '#contract/device-action'
import type { OutputFile } from '#contract/device-socket'
import type { Default, DefaultTime, Id, Json, Nullable, NullableTime, Time } from './column-kinds.ts'

/** The tables of actions and of what they leave in the target state. */
export type ActionTables = {
  action_batch: {
    id: Id
    kind: ActionKind
    service_name: Nullable<string>
    is_forced: Default<boolean>
    reason: Default<string>
    override_minutes: Nullable<number>
    created_by: string
    created_at: Time
    expires_at: Time
    total: number
  }
  device_action: {
    id: Id
    command_id: Default<string>
    device_id: number
    batch_id: Nullable<number>
    kind: ActionKind
    way: Default<ActionWay>
    service_name: Nullable<string>
    is_forced: Default<boolean>
    reason: Default<string>
    state: Default<ActionState>
    message: Nullable<string>
    created_by: string
    created_at: DefaultTime
    expires_at: Time
    delivered_at: NullableTime
    answer_by: NullableTime
    finished_at: NullableTime
    overridden_until: NullableTime
    was_stopped: Default<boolean>
  }
  device_action_output: { action_id: number; files: Json<OutputFile[]> }
  device_stopped_service: { device_id: number; service_name: string; stopped_at: Time }
}
