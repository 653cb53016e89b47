import { z } from 'zod'
import { health, healthCode } from './health.ts'
import { cursor, id, instant } from './query.ts'

export const architectures = ['rpi', 'armv7hf', 'aarch64', 'i386', 'amd64'] as const
export const architecture = z.enum(architectures)
export type Architecture = z.infer<typeof architecture>

/**
 * Whether a device of architecture `device` can run images built for `image`.
 * Source: the balenaOS architecture table (aarch64 runs armv7hf and rpi images, amd64 runs i386).
 */
export function architectureRuns(device: Architecture, image: Architecture): boolean {
  if (device === image) return true
  if (device === 'aarch64') return image === 'armv7hf' || image === 'rpi'
  if (device === 'armv7hf') return image === 'rpi'
  return device === 'amd64' && image === 'i386'
}

export const deviceType = z.object({
  slug: z.string(),
  name: z.string(),
  architecture,
  /** Host OS images known for this type, newest first. */
  osVersions: z.array(z.string()),
})

export const releaseRef = z.object({ id, semver: z.string(), commit: z.string() })
export type ReleaseRef = z.infer<typeof releaseRef>

/** What a rollout sends: a release of the fleet, or a host OS version. */
export const rolloutTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('release'), release: releaseRef }),
  z.object({ kind: z.literal('host-os'), osVersion: z.string() }),
])
export type RolloutTarget = z.infer<typeof rolloutTarget>

/** What devices of a fleet should run unless pinned themselves. */
export const fleetPolicy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('track-latest') }),
  z.object({ kind: z.literal('pinned'), releaseId: id }),
])
export type FleetPolicy = z.infer<typeof fleetPolicy>

export const fleetName = z
  .string()
  .trim()
  .min(4, 'must have at least 4 characters')
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/, 'may hold letters, digits, spaces, dots, dashes and underscores')

const count = z.int().nonnegative()

/** One row of the fleets page: everything an operator needs to decide where to look. */
export const fleetSummary = z.object({
  id,
  uuid: z.string(),
  name: z.string(),
  deviceType,
  policy: fleetPolicy,
  targetRelease: releaseRef.nullable(),
  createdAt: instant,
  /** `offline` and `never` are last-known: these devices cannot be heard. */
  devices: z.object({
    total: count,
    online: count,
    late: count,
    offline: count,
    never: count,
    updating: count,
  }),
  health: z.record(health, count),
  /** The reasons most devices show, most first, at most 5. */
  topReasons: z.array(z.object({ code: healthCode, severity: z.string(), count })),
  /** Release spread, most devices first, at most 8 and a rest with `release: null, isOther: true`. */
  releaseSpread: z.array(z.object({ release: releaseRef.nullable(), isOther: z.boolean(), count })),
  /** What changed in the last 60 minutes. */
  lastHour: z.object({
    wentOffline: count,
    cameBack: count,
    updated: count,
    updateFailed: count,
    healthWorsened: count,
  }),
  activeRollout: z
    .object({
      id,
      target: rolloutTarget,
      state: z.string(),
      succeeded: count,
      failed: count,
      total: count,
    })
    .nullable(),
})
export type FleetSummary = z.infer<typeof fleetSummary>

export const fleetSnapshot = z.object({ cursor, fleets: z.array(fleetSummary) })
export type FleetSnapshot = z.infer<typeof fleetSnapshot>

export const provisioningKey = z.object({
  id,
  name: z.string(),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  /** Devices that registered with it. */
  registered: count,
  /** When another key was made in its place; it works until it expires. */
  replacedAt: instant.nullable(),
})
export type ProvisioningKey = z.infer<typeof provisioningKey>

/** `replaces`: a key that ends after so many hours, 0: at once, because the new one takes its place. */
export const newProvisioningKey = z.object({
  name: z.string().trim().min(1).max(100),
  expiresAt: instant.nullable().default(null),
  reason: z.string().trim().max(500).default(''),
  replaces: z.object({ keyId: id, inHours: z.int().min(0).max(720) }).optional(),
})

export const variableName = z
  .string()
  .max(255)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_:]*$/,
    'must start with a letter or underscore and hold letters, digits and underscores',
  )
export const variableKind = z.enum(['environment', 'configuration'])

/** A variable where it was set. Precedence, later wins: fleet, fleet service, device, device service. */
export const variable = z.object({
  id,
  kind: variableKind,
  scope: z.enum(['fleet', 'fleet-service', 'device', 'device-service']),
  service: z.string().nullable(),
  name: z.string(),
  value: z.string(),
  /** False when a more specific variable of the same name wins. */
  isEffective: z.boolean(),
  updatedAt: instant,
})
export type Variable = z.infer<typeof variable>
export const setVariableBody = z.object({
  kind: variableKind,
  service: z.string().max(255).nullable().default(null),
  name: variableName,
  value: z.string().max(64_000),
})
