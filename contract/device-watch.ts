import { z } from 'zod'
import { deviceUuid, instant } from './query.ts'

/**
 * What a watch tells: that the device is online again, that it goes offline or becomes critical, or any step of its
 * connectivity or health.
 */
export const watchKinds = ['returns', 'fails', 'changes'] as const
export const watchKind = z.enum(watchKinds)
export type WatchKind = z.infer<typeof watchKind>

export const deviceWatch = z.object({
  uuid: deviceUuid,
  name: z.string(),
  fleetName: z.string(),
  kind: watchKind,
  /** Stays after it has told something. */
  isLasting: z.boolean(),
  createdAt: instant,
})
export type DeviceWatch = z.infer<typeof deviceWatch>
