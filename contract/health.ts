import { z } from 'zod'
import { healthCodes, healthStates } from './health-states.ts'
import { deviceUuid, id, instant } from './query.ts'

export { healthCodes, healthStates, type Health } from './health-states.ts'
export const health = z.enum(healthStates)

/** The layers of a device, from the ground up; an application failure must not look like a lost device. */
export const layers = ['hardware', 'network', 'host-os', 'engine', 'supervisor', 'service'] as const
export const layer = z.enum(layers)
export type Layer = z.infer<typeof layer>

export const healthCode = z.enum(healthCodes)
export type HealthCode = z.infer<typeof healthCode>

/** One reason why a device is not simply `ok`, with the figure it rests on. */
export const healthReason = z.object({
  code: healthCode,
  layer,
  severity: z.enum(['attention', 'critical', 'unknown']),
  /** The service concerned, for the `service` layer. */
  service: z.string().optional(),
  since: instant,
  /** One sentence with the figure: `CPU at 87 °C, limit 80 °C`. */
  evidence: z.string(),
  /** Another present reason that usually brings this one about; it stands before this one. */
  follows: healthCode.optional(),
})
export type HealthReason = z.infer<typeof healthReason>

/** Per-fleet limits of the health rules; every one has a default. */
export const healthThresholds = z.object({
  cpuTemperatureAttentionC: z.number().int().min(30).max(120).default(80),
  cpuTemperatureCriticalC: z.number().int().min(30).max(130).default(90),
  storageAttentionPercent: z.number().int().min(1).max(100).default(85),
  storageCriticalPercent: z.number().int().min(1).max(100).default(95),
  memoryAttentionPercent: z.number().int().min(1).max(100).default(90),
  crashLoopRestarts: z.number().int().min(2).max(1000).default(3),
  crashLoopWindowMinutes: z.number().int().min(1).max(1440).default(10),
  updateStuckMinutes: z.number().int().min(1).max(10080).default(30),
  clockSkewSeconds: z.number().int().min(1).max(86400).default(120),
  rebootMemoryMinutes: z.number().int().min(1).max(10080).default(60),
  /** How long memory must have risen without falling before that is called a leak. */
  memoryLeakMinutes: z.number().int().min(1).max(10080).default(15),
  networkDrops: z.number().int().min(2).max(1000).default(3),
  networkWindowMinutes: z.number().int().min(1).max(1440).default(60),
  /** How long a device that is alive may send no state report. */
  supervisorSilentMinutes: z.number().int().min(1).max(10080).default(60),
  /** How long an update lock may hold back an update; 0: it is told at once. */
  updateLockMinutes: z.number().int().min(0).max(10080).default(10),
})
export type HealthThresholds = z.infer<typeof healthThresholds>
export type HealthLimit = keyof HealthThresholds
export const healthLimits = Object.keys(healthThresholds.shape) as HealthLimit[]

/** Pairs of limits for one figure: attention comes before critical, so the second must be above the first. */
export const limitPairs: readonly (readonly [attention: HealthLimit, critical: HealthLimit])[] = [
  ['cpuTemperatureAttentionC', 'cpuTemperatureCriticalC'],
  ['storageAttentionPercent', 'storageCriticalPercent'],
]

export const healthRule = z.object({
  code: healthCode,
  layer,
  title: z.string(),
  explanation: z.string(),
  /** What of the device it is read from. */
  source: z.string(),
  help: z.string(),
})
export type HealthRule = z.infer<typeof healthRule>

/** How many of a group of devices show a reason. */
export const healthShare = z.object({ count: z.int().nonnegative(), of: z.int().nonnegative() })
export type HealthShare = z.infer<typeof healthShare>

/** Who else shows a reason now: is it this device or all of them? Each group includes this device. */
export const healthSpread = z.object({
  fleet: healthShare,
  /** Devices of the fleet that run the release this one runs, and all its others; null: it runs none. */
  release: z.object({ id: z.int(), semver: z.string(), same: healthShare, others: healthShare }).nullable(),
  deviceType: z.object({ slug: z.string(), same: healthShare, others: healthShare }),
})
export type HealthSpread = z.infer<typeof healthSpread>

export const changeKinds = ['release', 'variable', 'host-os', 'reboot'] as const
/** The last change before a reason began that may have brought it about. */
export const precedingChange = z.object({
  kind: z.enum(changeKinds),
  at: instant,
  /** `Release 1.4.2 arrived`, `The variable MODE was set`. */
  summary: z.string(),
  /** Who did it, where it was a person. */
  actor: z.string().nullable(),
  /** How long after the change the reason began, in ms. */
  beforeMs: z.number().nonnegative(),
  /** The release that arrived, where it is one of the gateway's. */
  releaseId: id.nullable(),
  /** The variable that was changed, and whether on this device or for its fleet. */
  variable: z.object({ name: z.string(), scope: z.enum(['device', 'fleet']) }).nullable(),
})
export type PrecedingChange = z.infer<typeof precedingChange>

/** A reason with everything that helps to judge it. */
export const explainedReason = z.object({
  reason: healthReason,
  /** The rule in words, with its limits. */
  rule: z.string(),
  /** What of the device it is read from. */
  source: z.string(),
  limits: z.array(z.object({ key: z.string(), value: z.number(), isDefault: z.boolean() })),
  /** Null: nothing known changed shortly before, or it is a reason that changes do not bring about. */
  change: precedingChange.nullable(),
  /** Whether changes were looked for. */
  isAboutChange: z.boolean(),
  spread: healthSpread,
  help: z.array(z.string()),
})
export type ExplainedReason = z.infer<typeof explainedReason>
export const deviceHealth = z.object({ health, reasons: z.array(explainedReason) })
export type DeviceHealth = z.infer<typeof deviceHealth>

/** The limits of a fleet, and who changed them last; null: nobody has. */
export const fleetThresholds = z.object({
  limits: healthThresholds,
  changed: z.object({ at: instant, actor: z.string() }).nullable(),
})
export type FleetThresholds = z.infer<typeof fleetThresholds>

/** As many devices as a preview names of each move. */
export const MAX_PREVIEW_DEVICES = 20
/** What other limits would change, computed and not done. */
export const thresholdPreview = z.object({
  judged: z.int().nonnegative(),
  changing: z.int().nonnegative(),
  /** By what the devices are and would become, the worst first; with some of the devices. */
  moves: z.array(
    z.object({
      from: health,
      to: health,
      count: z.int().positive(),
      devices: z
        .array(z.object({ uuid: deviceUuid, name: z.string(), reason: z.string().nullable() }))
        .max(MAX_PREVIEW_DEVICES),
    }),
  ),
})
export type ThresholdPreview = z.infer<typeof thresholdPreview>
