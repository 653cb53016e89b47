import { z } from 'zod'
import { instant } from './query.ts'

/** Longest time a device may be let back in, in hours. */
const MAX_RETURN_HOURS = 720

/** The key a device speaks with, without the key: the gateway itself knows only its hash. */
export const deviceKey = z.object({
  /**
   * `rotating`: the device has made another key and not used it yet; until then both work. `revoked`: none works, until the
   * device has exchanged another one for a provisioning key of its fleet, which an administrator must allow.
   */
  state: z.enum(['valid', 'rotating', 'revoked']),
  /** When it last changed; null: it is the one that the device registered with. */
  changedAt: instant.nullable(),
  revokedBy: z.string().nullable(),
  /** Why it was revoked. */
  revokedReason: z.string().nullable(),
  /** Until when a revoked device may come back; null: it may not. */
  mayReturnUntil: instant.nullable(),
})
export type DeviceKey = z.infer<typeof deviceKey>

const reason = z.string().trim().min(1, 'must say why').max(500)

/** `revoke` locks the device out at once; `allow-return` and `forbid-return` say whether it may come back with another key. */
export const deviceKeyChange = z.discriminatedUnion('change', [
  z.object({ change: z.literal('revoke'), reason }),
  z.object({
    change: z.literal('allow-return'),
    reason,
    hours: z.int().min(1).max(MAX_RETURN_HOURS).default(24),
  }),
  z.object({ change: z.literal('forbid-return'), reason }),
])
