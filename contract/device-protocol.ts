import { z } from 'zod'

/**
 * What devices say and hear, as read off balena-supervisor 19 and open-balena-api 49
 * (paths and statuses are upstream's; they may not change here).
 */
export const deviceApiPaths = {
  register: '/device/register',
  keyExchange: '/api-key/device/:deviceId/device-key',
  deviceResource: '/v7/device',
  deviceConfigVariable: '/v7/device_config_variable',
  deviceTags: '/v7/device_tag',
  releaseResource: '/v7/release',
  targetState: '/device/v3/:uuid/state',
  reportState: '/device/v3/state',
  reportTags: '/device/v3/tags',
  logStream: '/device/v2/:uuid/log-stream',
  logBatch: '/device/v2/:uuid/logs',
  connectivityCheck: '/connectivity-check',
} as const

/** Device tags through which a device tells what the upstream report has no field for. */
export const reservedTags = {
  osSlot: 'hostos.slot',
  osPassive: 'hostos.passive',
  osPhase: 'hostos.phase',
  osPercent: 'hostos.percent',
  osBootCount: 'hostos.boot-count',
  osRollback: 'hostos.rollback',
  updateCommit: 'update.commit',
  updateBytes: 'update.bytes',
  updateFullBytes: 'update.full-bytes',
  updateMode: 'update.mode',
  bootReason: 'boot.reason',
  bootAt: 'boot.at',
  supervisorRestarts: 'supervisor.restarts',
} as const
/** `service.<name>.restarts` and `service.<name>.exit-code`. */
export const serviceRestartsTag = (service: string) => `service.${service}.restarts`
export const serviceExitCodeTag = (service: string) => `service.${service}.exit-code`
/** Whether a tag is the device's own telling and not a label somebody gave it. */
export const isReservedTag = (key: string) => /^(hostos|update|boot|supervisor|service)\./.test(key)

/** Upstream: a device counts as late 1.5 poll intervals after its last poll (device-protocol section 4). */
export const lateAfterMs = (pollIntervalMs: number): number => pollIntervalMs * 1.5

export const uuidOnWire = z
  .string()
  .regex(/^([0-9a-f]{32}|[0-9a-f]{62})$/, 'must be 32 or 62 lower-case hexadecimal characters')

export const registerBody = z.object({
  application: z.coerce.number().int().positive(),
  uuid: uuidOnWire,
  device_type: z.string().max(255),
  api_key: z.string().min(1).max(255).optional(),
  user: z.unknown().optional(),
  supervisor_version: z.string().max(255).nullish(),
  os_version: z.string().max(255).nullish(),
  os_variant: z.string().max(255).nullish(),
  mac_address: z.string().max(2000).nullish(),
})
export const registerReply = z.object({ id: z.int(), uuid: z.string(), api_key: z.string() })

export const releaseUpdateStatuses = [
  'rejected',
  'downloading',
  'downloaded',
  'applying changes',
  'aborted',
  'done',
] as const

/** What a service may be (images, then containers, then what older agents say); another word is ignored, not refused. */
export const serviceStatuses = [
  'Downloading',
  'Downloaded',
  'Deleting',
  'Installing',
  'Installed',
  'Starting',
  'Running',
  'Stopping',
  'Stopped',
  'Dead',
  'exited',
  'paused',
  'restarting',
  'removing',
  'Handing over',
  'Awaiting handover',
  'Idle',
  'configuring',
  'Unknown',
] as const

const metric = z.number().nullable().optional()
export const reportedService = z.object({
  image: z.string().max(2000),
  status: z.string().max(255),
  download_progress: z.number().nullable().optional(),
})
export const reportedApp = z.object({
  release_uuid: z.string().max(100).optional(),
  releases: z
    .record(
      z.string().max(100),
      z.object({
        update_status: z.enum(releaseUpdateStatuses).optional(),
        services: z.record(z.string().max(255), reportedService).default({}),
      }),
    )
    .optional(),
})
/** One device's part of a report: every field may be missing (unchanged); `apps` is always whole. */
export const deviceReport = z.object({
  name: z.string().optional(),
  status: z.string().optional(),
  is_online: z.boolean().optional(),
  os_version: z.string().nullable().optional(),
  os_variant: z.string().nullable().optional(),
  supervisor_version: z.string().optional(),
  provisioning_progress: metric,
  provisioning_state: z.string().nullable().optional(),
  ip_address: z.string().optional(),
  mac_address: z.string().optional(),
  api_port: z.number().optional(),
  api_secret: z.string().nullable().optional(),
  logs_channel: z.string().nullable().optional(),
  memory_usage: metric,
  memory_total: metric,
  storage_block_device: z.string().nullable().optional(),
  storage_usage: metric,
  storage_total: metric,
  cpu_temp: metric,
  cpu_usage: metric,
  cpu_id: z.string().nullable().optional(),
  is_undervolted: z.boolean().optional(),
  apps: z.record(z.string(), reportedApp).optional(),
})
export type DeviceReport = z.infer<typeof deviceReport>
/** PATCH /device/v3/state */
export const stateReport = z.record(uuidOnWire, deviceReport)
/** PATCH /device/v3/tags */
export const tagReport = z.record(
  uuidOnWire,
  z.record(z.string().max(255).regex(/^\S+$/, 'must not be empty or hold white space'), z.string().max(255)),
)

/** One line of the log stream or of a log batch; what is none is skipped, not refused. */
export const deviceLogLine = z.object({
  message: z.string(),
  timestamp: z.number(),
  isSystem: z.boolean().optional(),
  isStdErr: z.boolean().optional(),
  serviceId: z.number().int().optional(),
  uuid: z.unknown().optional(),
})
export type DeviceLogLine = z.infer<typeof deviceLogLine>
export const logBatch = z.array(z.unknown()).max(10)
/** Longest message a supervisor sends, in characters. */
export const MAX_LOG_MESSAGE_LENGTH = 10_000

const targetService = z.object({
  id: z.int(),
  image_id: z.int(),
  image: z.string(),
  running: z.boolean().optional(),
  environment: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  contract: z.record(z.string(), z.unknown()).optional(),
  composition: z.record(z.string(), z.unknown()).optional(),
})
export const targetApp = z.object({
  id: z.int(),
  name: z.string(),
  class: z.enum(['fleet', 'app', 'block']).optional(),
  is_host: z.boolean().optional(),
  releases: z
    .record(
      z.string(),
      z.object({
        id: z.int(),
        services: z.record(z.string(), targetService).optional(),
        networks: z.record(z.string(), z.unknown()).optional(),
        volumes: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
})
/** GET /device/v3/:uuid/state */
export const targetState = z.record(
  z.string(),
  z.object({
    name: z.string(),
    config: z.record(z.string(), z.string()),
    apps: z.record(z.string(), targetApp),
  }),
)
export type TargetState = z.infer<typeof targetState>
