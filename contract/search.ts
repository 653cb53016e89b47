import { z } from 'zod'
import { connectivity } from './device.ts'
import { health } from './health.ts'
import { deviceUuid, id, instant } from './query.ts'

/** Where the searched text was found in a device. */
export const searchFields = ['name', 'uuid', 'tag', 'address', 'mac', 'serial'] as const
export type SearchField = (typeof searchFields)[number]

/**
 * How it was found, best first: the whole value, its start, whole words or their starts, its end (MAC address, serial
 * number), somewhere inside a word, or with letters wrong, missing or swapped.
 */
export const searchGrades = ['exact', 'start', 'word', 'end', 'inside', 'similar'] as const
export type SearchGrade = (typeof searchGrades)[number]

export const searchMatch = z.object({
  field: z.enum(searchFields),
  /** The key of a tag, else null. */
  label: z.string().nullable(),
  /** The whole value as the device has it, such as one of its addresses. */
  value: z.string(),
  grade: z.enum(searchGrades),
})
export type SearchMatch = z.infer<typeof searchMatch>

export const foundDevice = z.object({
  uuid: deviceUuid,
  name: z.string(),
  fleetId: id,
  fleetName: z.string(),
  health,
  connectivity,
  connectivityChangedAt: instant.nullable(),
  lastSeenAt: instant.nullable(),
  /** Of the whole find: the worst of its matches. */
  grade: z.enum(searchGrades),
  matches: z.array(searchMatch),
})
export type FoundDevice = z.infer<typeof foundDevice>

/** At least two characters: one would name half of the devices. */
export const deviceSearchQuery = z.object({
  q: z.string().trim().min(2, 'must have at least 2 characters').max(200),
  limit: z.coerce.number().int().min(1).max(50).default(10),
})

export const deviceSearchResult = z.object({
  /** Best first. */
  devices: z.array(foundDevice),
  /** There are others that match as well as the last. */
  isMore: z.boolean(),
})
export type DeviceSearchResult = z.infer<typeof deviceSearchResult>
