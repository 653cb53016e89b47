import { z } from 'zod'
import { instant } from './query.ts'

export const healthStates = ['critical', 'attention', 'unknown', 'ok'] as const
/** Worst first. `unknown`: the device cannot be heard or never was. */
export const health = z.enum(healthStates)
export type Health = z.infer<typeof health>

/** The layers of a device, from the ground up; an application failure must not look like a lost device. */
export const layers = ['hardware', 'host-os', 'engine', 'supervisor', 'service'] as const
export const layer = z.enum(layers)
export type Layer = z.infer<typeof layer>

export const healthCodes = [
  'offline',
  'never-seen',
  'late',
  'undervoltage',
  'cpu-temperature',
  'storage-nearly-full',
  'memory-pressure',
  'unexpected-reboot',
  'watchdog-reboot',
  'os-rollback',
  'supervisor-restarting',
  'service-crash-loop',
  'service-not-running',
  'service-wrong-release',
  'update-stuck',
  'update-rejected',
  'clock-skew',
] as const
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
})
export type HealthThresholds = z.infer<typeof healthThresholds>

export const healthRule = z.object({
  code: healthCode,
  layer,
  title: z.string(),
  explanation: z.string(),
  help: z.string(),
})
export type HealthRule = z.infer<typeof healthRule>
