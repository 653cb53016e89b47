import { z } from 'zod'
import { deviceUuid, id } from './query.ts'

/** What rows of a comparison are about, in the order they are shown. */
export const compareGroups = ['software', 'services', 'variables', 'tags', 'metrics', 'events'] as const
export type CompareGroup = (typeof compareGroups)[number]

/** How a value is to be written: words as they are, or a figure in its unit. */
export const compareUnits = ['text', 'percent', 'celsius', 'mib', 'count', 'duration'] as const

/** Where the device falls among those of its fleet; figures in the unit of the row. */
export const fleetSpread = z.object({
  low: z.number(),
  median: z.number(),
  high: z.number(),
  /** Share of the fleet's devices with a lower figure, 0-1. */
  below: z.number().min(0).max(1),
  devices: z.int(),
})

const value = z.union([z.string(), z.number()]).nullable()
export const compareRow = z.object({
  group: z.enum(compareGroups),
  label: z.string(),
  unit: z.enum(compareUnits),
  /** Null: it has none. */
  own: value,
  other: value,
  isDifferent: z.boolean(),
  /** The values look like secrets and are not told, only whether they differ. */
  isMasked: z.boolean(),
  /** Against a fleet: how many of its devices have `other`, of how many. Null where that says nothing. */
  share: z.object({ devices: z.int(), of: z.int() }).nullable(),
  spread: fleetSpread.nullable(),
})
export type CompareRow = z.infer<typeof compareRow>

export const compareQuery = z.object({
  /** Another device; absent: the median of its fleet. */
  with: deviceUuid.optional(),
  /** Events of so many days up to now are counted. */
  days: z.coerce
    .number()
    .int()
    .refine((days) => days === 1 || days === 7, 'must be 1 or 7')
    .default(1),
})

export const deviceComparison = z.object({
  against: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('fleet'), fleetId: id, name: z.string(), devices: z.int(), sampled: z.int() }),
    z.object({ kind: z.literal('device'), uuid: deviceUuid, name: z.string(), fleetName: z.string() }),
  ]),
  rows: z.array(compareRow),
  /** Variables are compared for the role support and above. */
  hasVariables: z.boolean(),
})
export type DeviceComparison = z.infer<typeof deviceComparison>
