import type { ColumnType } from 'kysely'
import type { NotificationEvent } from '#contract/notification'
import type { RolloutDeviceState, RolloutState } from '#contract/rollout'
import type { GateCriterion, RolloutPlan } from '#contract/rollout-plan'
import type { DeliveryEvent, DeliveryState, WebhookEvent } from '#contract/webhook'
import type { Default, DefaultTime, Id, Json, Nullable, NullableTime, Time } from './column-kinds.ts'

type GateCode = GateCriterion['code']

/** The tables of rollouts, their plans and the webhooks that tell of them; part of `Schema`. */
export type RolloutTables = {
  rollout: {
    id: Id
    fleet_id: number
    /** What is sent: one of the two, the other is null. */
    release_id: Nullable<number>
    os_version: Nullable<string>
    state: RolloutState
    plan: Json<RolloutPlan>
    filter: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
    note: Default<string>
    previous_policy: 'track-latest' | 'pinned'
    previous_target_release_id: Nullable<number>
    created_by: string
    created_at: DefaultTime
    finished_at: NullableTime
    starts_minute: NullableTime
    starts_count: Default<number>
    halt_reason: Nullable<string>
    is_watched: Default<boolean>
    is_asked: Default<boolean>
    next_offer_at: NullableTime
  }
  rollout_phase: {
    rollout_id: number
    index: number
    state: 'pending' | 'awaiting-approval' | 'open' | 'passed'
    is_control: Default<boolean>
    opened_at: NullableTime
    passed_at: NullableTime
    is_approved: Default<boolean>
    is_skipped: Default<boolean>
    accepted: Json<GateCode[]>
    /** Read and written by the rollouts module alone. */
    tally: Json<unknown>
    verdict: ColumnType<GateCriterion[] | null, string | null | undefined, string | null>
  }
  rollout_pause: {
    rollout_id: number
    began_at: Time
    ended_at: NullableTime
    actor: string
    reason: Default<string>
  }
  rollout_device: {
    rollout_id: number
    device_id: number
    phase_index: Default<number>
    position: Default<number>
    state: RolloutDeviceState
    percent: Nullable<number>
    reason: Nullable<string>
    previous_release_id: Nullable<number>
    previous_pinned_release_id: Nullable<number>
    previous_target_release_id: Nullable<number>
    previous_assigned_release_id: Nullable<number>
    previous_os_version: Nullable<string>
    previous_target_os_version: Nullable<string>
    sent_bytes: Nullable<number>
    full_bytes: Nullable<number>
    is_estimate: Default<boolean>
    offered_at: NullableTime
    touched_at: NullableTime
    verifying_since: NullableTime
    attempts: Default<number>
    soaked_ms: Nullable<number>
    not_before: NullableTime
    deadline_at: NullableTime
    deadline_left_ms: Nullable<number>
    due_at: NullableTime
    marks: ColumnType<unknown, string | null | undefined, string | null>
    time_zone: Nullable<string>
    failed_at: NullableTime
    updated_at: DefaultTime
  }
  webhook: {
    id: Id
    name: string
    url: string
    secret: string
    events: Json<WebhookEvent[]>
    fleet_id: Nullable<number>
    is_enabled: Default<boolean>
    created_by: string
    created_at: DefaultTime
  }
  webhook_delivery: {
    id: Id
    webhook_id: number
    event: DeliveryEvent
    /** As it was made at its time; an older version may have made it otherwise. */
    payload: Json<Record<string, unknown>>
    state: Default<DeliveryState>
    attempts: Default<number>
    next_attempt_at: NullableTime
    status_code: Nullable<number>
    error: Nullable<string>
    took_ms: Nullable<number>
    created_at: DefaultTime
    finished_at: NullableTime
  }
  notification: {
    id: Id
    at: Time
    event: NotificationEvent
    /** One of the two: of a rollout for everybody, or of a device for one person. */
    rollout_id: Nullable<number>
    device_id: Nullable<number>
    user_id: Nullable<number>
    summary: string
    actor: string
  }
  notification_seen: { user_id: number; notification_id: number }
  plan_template: {
    id: Id
    fleet_id: number
    name: string
    description: Default<string>
    plan: Json<RolloutPlan>
    updated_by: string
    updated_at: DefaultTime
  }
  rollout_sample: { rollout_id: number; at: Time; counts: Json<Record<RolloutDeviceState, number>> }
}
