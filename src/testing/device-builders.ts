import type { DeviceDetail, DeviceEvent, DeviceFacets, DeviceRow } from '#contract/device'
import type { HealthReason } from '#contract/health'

const at = '2026-01-01T12:00:00.000Z'
/** The uuid of the n-th device of a test. */
export const uuidOf = (index: number): string => index.toString(16).padStart(32, '0')

/** Of a list that can be narrowed by nothing. */
export const noFacets: DeviceFacets = {
  health: [],
  connectivity: [],
  reason: [],
  deviceType: [],
  release: [],
  os: [],
  update: [],
  tag: [],
  pinned: [],
}

/** A device that is reachable and well. */
export function aDeviceRow(own: Partial<DeviceRow> = {}): DeviceRow {
  return {
    uuid: uuidOf(1),
    name: 'bold-field',
    fleetId: 1,
    fleetName: 'Greenhouse sensors',
    deviceType: 'raspberrypi4-64',
    architecture: 'aarch64',
    connectivity: 'online',
    lastSeenAt: at,
    connectivityChangedAt: at,
    health: 'ok',
    reasons: [],
    currentRelease: { id: 5, semver: '2.1.0', commit: 'b'.repeat(32) },
    targetRelease: { id: 5, semver: '2.1.0', commit: 'b'.repeat(32) },
    isPinned: false,
    updateState: 'idle',
    updatePercent: null,
    osVersion: 'balenaOS 6.5.3',
    supervisorVersion: '19.0.5',
    ipAddress: '10.0.0.7',
    cpuPercent: 12,
    cpuTemperatureC: 54,
    memoryUsedMib: 512,
    memoryTotalMib: 2048,
    storageUsedMib: 4096,
    storageTotalMib: 16_384,
    tags: {},
    revision: 1,
    ...own,
  }
}

/** The same with everything its own page shows: one service that runs, and every layer well. */
export function aDevice(own: Partial<DeviceDetail> = {}): DeviceDetail {
  return {
    ...aDeviceRow(),
    id: 1,
    notesChangedAt: null,
    createdAt: at,
    macAddress: null,
    apiPort: null,
    cpuId: null,
    storageBlockDevice: null,
    isUndervolted: false,
    lastPollAt: at,
    lastReportAt: at,
    metricsAt: at,
    clockSkewMs: null,
    pollIntervalMs: 10_000,
    hasActionChannel: true,
    actionChannelAt: at,
    isAskedBySource: false,
    actionSteps: 0,
    lockOverriddenUntil: null,
    key: { state: 'valid', changedAt: null, revokedBy: null, revokedReason: null, mayReturnUntil: null },
    pinnedRelease: null,
    hostOs: { version: 'balenaOS 6.5.3', variant: 'prod', targetVersion: null, slots: null },
    facts: {},
    layers: [
      { layer: 'hardware', name: 'Hardware', health: 'ok', summary: 'As it should be', reasons: [] },
      { layer: 'host-os', name: 'Host OS', health: 'ok', summary: 'balenaOS 6.5.3', reasons: [] },
      { layer: 'engine', name: 'Engine', health: 'ok', summary: 'Runs the services', reasons: [] },
      { layer: 'supervisor', name: 'Supervisor', health: 'ok', summary: 'Answers', reasons: [] },
      { layer: 'service', name: 'api', health: 'ok', summary: 'Running', reasons: [] },
    ],
    services: [
      {
        name: 'api',
        image: 'registry.example/greenhouse/api:2.1.0',
        releaseCommit: 'b'.repeat(32),
        status: 'Running',
        downloadPercent: null,
        restarts: 0,
        lastExitCode: null,
        targetImage: 'registry.example/greenhouse/api:2.1.0',
        shouldRun: true,
        isStopped: false,
        updatedAt: at,
      },
    ],
    lastUpdate: null,
    ...own,
  }
}

/** Its service api crash-loops; all below is well. */
export function aCrashLoopingDevice(): DeviceDetail {
  const reason: HealthReason = {
    code: 'service-crash-loop',
    layer: 'service',
    service: 'api',
    severity: 'critical',
    since: at,
    evidence: 'api restarted 7 times in 10 min, limit 3; last exit code 139',
  }
  const device = aDevice({ health: 'critical', reasons: [reason] })
  return {
    ...device,
    layers: device.layers.map((layer) =>
      layer.layer === 'service'
        ? { ...layer, health: 'critical', summary: reason.evidence, reasons: [reason] }
        : layer,
    ),
    services: device.services.map((service) => ({ ...service, restarts: 7, lastExitCode: 139 })),
  }
}

/** Something of no weight that happened. */
export function anEvent(own: Partial<DeviceEvent> = {}): DeviceEvent {
  return {
    id: 1,
    at,
    kind: 'connectivity',
    layer: 'supervisor',
    severity: 'info',
    summary: 'Went offline',
    actor: null,
    ...own,
  }
}
