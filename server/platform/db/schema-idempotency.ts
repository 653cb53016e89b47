import type { Time } from './column-kinds.ts'

/** Writes that came with a key; `answer` is JSON as it was sent. */
export type IdempotencyTables = {
  idempotency_key: {
    owner: string
    key_hash: string
    request_mac: string
    attempt: string
    state: 'claimed' | 'kept' | 'withheld' | 'lost'
    status: number | null
    answer: string | null
    at: Time
  }
}
