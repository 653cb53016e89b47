import type { Connectivity } from '#contract/device'
import { releaseUpdateStatuses, type DeviceReport } from '#contract/device-protocol'
import type { SourceDevice } from '../fleet-source.ts'
import type { DeviceAnswer } from './balena-model.ts'

/** What links of a device lead to, as far as it is known. */
export type DeviceLinks = {
  fleetUuid: (id: number) => string | undefined
  deviceType: (id: number) => SourceDevice['deviceType'] | undefined
  commit: (releaseId: number) => string | undefined
  image: (imageId: number) => { service: string; image: string } | undefined
}

/**
 * Liveness is the heartbeat of its polls; what is connected to the VPN is there as well. `is_online` is of the VPN alone and
 * stays false where there is none.
 */
export function connectivityOf(row: DeviceAnswer): Connectivity {
  if (row.api_heartbeat_state === 'online' || row.is_connected_to_vpn === true) return 'online'
  if (row.api_heartbeat_state === 'timeout') return 'late'
  return row.api_heartbeat_state === 'offline' ? 'offline' : 'never'
}

const isUpdateStatus = (word: string): word is (typeof releaseUpdateStatuses)[number] =>
  (releaseUpdateStatuses as readonly string[]).includes(word)

const given = <T>(value: T | null | undefined): { value: T } | null =>
  value === null || value === undefined ? null : { value }

type Apps = NonNullable<DeviceReport['apps']>
type ReportedRelease = NonNullable<Apps[string]['releases']>[string]

/**
 * The apps of the device as it would report them: the services of each release it has installed or is installing. What the
 * backend keeps of how an update goes is said of the release it should run.
 */
function appsOf(row: DeviceAnswer, fleetUuid: string, links: DeviceLinks): Apps {
  const releases: Record<string, ReportedRelease> = {}
  for (const install of row.image_install) {
    const commit = install.is_provided_by__release && links.commit(install.is_provided_by__release.__id)
    const image = install.installs__image && links.image(install.installs__image.__id)
    if (!commit || !image) continue
    const release = (releases[commit] ??= { services: {} })
    release.services[image.service] = {
      image: image.image,
      status: install.status,
      // What is downloaded keeps the progress it was last told with.
      ...(install.status === 'Downloading' ? { download_progress: install.download_progress ?? 0 } : {}),
    }
  }
  const running = row.is_running__release && links.commit(row.is_running__release.__id)
  const wanted = row.should_be_running__release && links.commit(row.should_be_running__release.__id)
  const status = row.update_status ?? ''
  if (wanted && wanted !== running && isUpdateStatus(status) && status !== 'done') {
    const release = (releases[wanted] ??= { services: {} })
    release.update_status = status
  }
  return { [fleetUuid]: { ...(running ? { release_uuid: running } : {}), releases } }
}

function reportOf(row: DeviceAnswer, fleetUuid: string, links: DeviceLinks): DeviceReport {
  const texts = {
    status: given(row.status),
    supervisor_version: given(row.supervisor_version),
    ip_address: given(row.ip_address),
    mac_address: given(row.mac_address),
    is_undervolted: given(row.is_undervolted),
  }
  return {
    ...Object.fromEntries(Object.entries(texts).flatMap(([key, held]) => (held ? [[key, held.value]] : []))),
    os_version: row.os_version ?? null,
    os_variant: row.os_variant ?? null,
    provisioning_progress: row.provisioning_progress ?? null,
    provisioning_state: row.provisioning_state ?? null,
    memory_usage: row.memory_usage ?? null,
    memory_total: row.memory_total ?? null,
    storage_block_device: row.storage_block_device ?? null,
    storage_usage: row.storage_usage ?? null,
    storage_total: row.storage_total ?? null,
    cpu_temp: row.cpu_temp ?? null,
    cpu_usage: row.cpu_usage ?? null,
    cpu_id: row.cpu_id ?? null,
    apps: appsOf(row, fleetUuid, links),
  }
}

/** A device in the words of the port; null where its fleet is not one of those that are read, or its type is not known. */
export function deviceOf(row: DeviceAnswer, links: DeviceLinks): SourceDevice | null {
  const fleetUuid = row.belongs_to__application && links.fleetUuid(row.belongs_to__application.__id)
  const deviceType = row.is_of__device_type && links.deviceType(row.is_of__device_type.__id)
  if (!fleetUuid || !deviceType) return null
  const connectivity = connectivityOf(row)
  const changedAt =
    row.api_heartbeat_state === 'online' || row.is_connected_to_vpn !== true
      ? row.changed_api_heartbeat_state_on__date
      : row.last_connectivity_event
  return {
    uuid: row.uuid,
    fleetUuid,
    name: row.device_name,
    deviceType,
    createdAt: new Date(row.created_at),
    connectivity,
    connectivityChangedAt: changedAt ? new Date(changedAt) : null,
    pin: row.is_pinned_on__release ? (links.commit(row.is_pinned_on__release.__id) ?? null) : null,
    publicAddress: row.public_address ?? null,
    report: reportOf(row, fleetUuid, links),
    tags: Object.fromEntries(row.device_tag.map(({ tag_key: key, value }) => [key, value ?? ''])),
  }
}
