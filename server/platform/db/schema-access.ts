import type { Role } from '#contract/session'
import type { Default, DefaultTime, Id, Nullable, NullableTime, Time } from './column-kinds.ts'

/** Accounts, groups and tokens, and what each may do: `role` counts in every fleet, null in none. */
export type AccessTables = {
  app_user: {
    id: Id
    name: string
    email: string
    password_hash: string | null
    role: Role | null
    is_disabled: Default<boolean>
    created_at: DefaultTime
    last_sign_in_at: NullableTime
    /** Both or neither: who the account is at an OpenID provider. Such accounts have no password. */
    openid_issuer: Nullable<string>
    openid_subject: Nullable<string>
  }
  /** Sign-ins that were begun at an OpenID provider; each is used once. */
  openid_flow: {
    state_hash: string
    browser_hash: string
    nonce: string
    verifier: string
    next: string
    expires_at: Time
  }
  /** By hash of an account or address; counts until `until`. */
  sign_in_failure: { key: string; count: number; until: Time }
  /** The second step of a sign-in; `confirmed_at` null: not switched on yet. */
  user_totp: {
    user_id: number
    secret: string
    created_at: Time
    confirmed_at: NullableTime
    last_step: Default<number>
  }
  recovery_code: { user_id: number; code_hash: string; used_at: NullableTime }
  user_session: {
    token_hash: string
    user_id: number
    csrf_token: string
    id: Id
    user_agent: Default<string>
    address: Default<string>
    created_at: DefaultTime
    last_seen_at: DefaultTime
    expires_at: Time
  }
  one_time_link: {
    token_hash: string
    purpose: 'setup' | 'sign-in'
    user_id: Nullable<number>
    created_at: DefaultTime
    expires_at: Time
    used_at: NullableTime
  }
  api_token: {
    id: Id
    name: string
    token_hash: string
    role: Role | null
    created_by: string
    created_at: DefaultTime
    expires_at: NullableTime
    last_used_at: NullableTime
    revoked_at: NullableTime
  }
  user_group: { id: Id; name: string; role: Nullable<Role>; created_at: DefaultTime }
  group_member: { group_id: number; user_id: number }
  /** Of exactly one account, group or token. */
  fleet_role: {
    id: Id
    fleet_id: number
    role: Role
    user_id: Nullable<number>
    group_id: Nullable<number>
    token_id: Nullable<number>
  }
}
