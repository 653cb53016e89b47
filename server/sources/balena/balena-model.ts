import { z } from 'zod'

/**
 * Answers of the /v7 model, as far as they are asked for (open-balena-api 49.0.12). What is not expanded is a link `{__id}`,
 * what is expanded a list; sizes come as texts.
 */
const link = z.object({ __id: z.int() }).nullable()
const answer = <S extends z.ZodType>(row: S) => z.object({ d: z.array(row) })
const instant = z.iso.datetime({ offset: true })
const list = <S extends z.ZodType>(row: S) => z.array(row).default([])
const size = z.coerce.number().nullish()

const cpuArchitecture = z.object({ slug: z.string() })
const deviceType = z.object({
  id: z.int(),
  slug: z.string(),
  name: z.string(),
  is_of__cpu_architecture: list(cpuArchitecture),
})
export const deviceTypes = answer(deviceType)

const application = z.object({
  id: z.int(),
  uuid: z.string(),
  app_name: z.string(),
  is_for__device_type: link,
  should_track_latest_release: z.boolean(),
  should_be_running__release: link,
  service: list(z.object({ id: z.int(), service_name: z.string() })),
})
export const applications = answer(application)
export type ApplicationRow = z.infer<typeof application>

const image = z.object({
  id: z.int(),
  is_stored_at__image_location: z.string(),
  content_hash: z.string().nullish(),
  image_size: size,
  is_a_build_of__service: link,
})
const release = z.object({
  id: z.int(),
  commit: z.string(),
  raw_version: z.string(),
  status: z.string(),
  is_final: z.boolean(),
  is_finalized_at__date: instant.nullish(),
  is_invalidated: z.boolean(),
  invalidation_reason: z.string().nullish(),
  is_passing_tests: z.boolean().nullish(),
  note: z.string().nullish(),
  composition: z.record(z.string(), z.unknown()).nullish(),
  created_at: instant,
  modified_at: instant,
  start_timestamp: instant.nullish(),
  belongs_to__application: link,
  release_image: list(z.object({ image: list(image) })),
})
export const releases = answer(release)
export type ReleaseAnswer = z.infer<typeof release>

const imageInstall = z.object({
  installs__image: link,
  is_provided_by__release: link,
  status: z.string(),
  download_progress: z.number().nullish(),
})
const number = z.number().nullish()
const text = z.string().nullish()
const device = z.object({
  id: z.int(),
  uuid: z.string(),
  device_name: z.string(),
  created_at: instant,
  modified_at: instant,
  api_heartbeat_state: z.string(),
  changed_api_heartbeat_state_on__date: instant.nullish(),
  is_connected_to_vpn: z.boolean().nullish(),
  last_connectivity_event: instant.nullish(),
  status: text,
  os_version: text,
  os_variant: text,
  supervisor_version: text,
  ip_address: text,
  public_address: text,
  mac_address: text,
  memory_usage: number,
  memory_total: number,
  storage_block_device: text,
  storage_usage: number,
  storage_total: number,
  cpu_usage: number,
  cpu_temp: number,
  cpu_id: text,
  is_undervolted: z.boolean().nullish(),
  provisioning_state: text,
  provisioning_progress: number,
  update_status: text,
  belongs_to__application: link,
  is_of__device_type: link,
  is_running__release: link,
  is_pinned_on__release: link,
  should_be_running__release: link,
  image_install: list(imageInstall),
  device_tag: list(z.object({ tag_key: z.string(), value: z.string().nullable() })),
})
export const devices = answer(device)
export type DeviceAnswer = z.infer<typeof device>

export const deviceNames = answer(z.object({ id: z.int(), uuid: z.string() }))
/** Of rows that belong to a device: which, and when they changed. */
export const deviceParts = answer(z.object({ id: z.int(), device: link, modified_at: instant }))
export const anyIds = answer(z.object({ id: z.int() }))
export const lastChanges = answer(z.object({ id: z.int(), modified_at: instant }))
export const pins = answer(z.object({ id: z.int(), uuid: z.string(), is_pinned_on__release: link }))

const variableValue = { name: z.string(), value: z.string() }
export const fleetVariables = answer(z.object({ ...variableValue, application: link }))
export const serviceVariables = answer(
  z.object({ ...variableValue, service: z.array(z.object({ service_name: z.string() })) }),
)
export const deviceVariables = answer(
  z.object({ ...variableValue, device: z.array(z.object({ uuid: z.string() })) }),
)
export const deviceServiceVariables = answer(
  z.object({
    ...variableValue,
    service_install: z.array(
      z.object({
        device: z.array(z.object({ uuid: z.string() })),
        service: z.array(z.object({ service_name: z.string() })),
      }),
    ),
  }),
)

/** Times are milliseconds since the epoch; `createdAt` is when the backend took it. */
export const logLine = z.object({
  createdAt: z.number(),
  timestamp: z.number(),
  isSystem: z.boolean().default(false),
  isStdErr: z.boolean().default(false),
  serviceId: z.number().nullish(),
  message: z.string(),
})
export type LogLineAnswer = z.infer<typeof logLine>
export const logLines = z.array(logLine)

/** What every such API tells without a token. */
export const publicConfig = z.object({ reservedNames: z.array(z.string()) })

export const whoami = z.object({
  actorType: z.string().nullish(),
  username: z.string().nullish(),
  email: z.string().nullish(),
})
