import { z } from 'zod'
import { actionKind, actionRequest } from './device-action.ts'
import { deviceKey } from './device-key.ts'
import { connectivities, deviceSorts, updateStates } from './device-states.ts'
import { architecture, releaseRef } from './fleet.ts'
import { health, healthCode, healthReason, layer } from './health.ts'
import { commaList, cursor, deviceUuid, id, instant, pageQuery, queryBoolean } from './query.ts'

export { connectivities, deviceSorts, updateStates } from './device-states.ts'

export const connectivity = z.enum(connectivities)
export type Connectivity = z.infer<typeof connectivity>

/** Where the device is on its way to its target release; `waiting`: target differs, nothing heard yet. */
export const updateState = z.enum(updateStates)
export type UpdateState = z.infer<typeof updateState>

/** One device as lists show it. */
export const deviceRow = z.object({
  uuid: deviceUuid,
  name: z.string(),
  fleetId: id,
  fleetName: z.string(),
  deviceType: z.string(),
  architecture,
  connectivity,
  /** Last time the gateway heard anything from it. */
  lastSeenAt: instant.nullable(),
  connectivityChangedAt: instant.nullable(),
  health,
  reasons: z.array(healthReason),
  currentRelease: releaseRef.nullable(),
  targetRelease: releaseRef.nullable(),
  isPinned: z.boolean(),
  updateState,
  /** 0-100 while downloading, else null. */
  updatePercent: z.int().min(0).max(100).nullable(),
  osVersion: z.string().nullable(),
  supervisorVersion: z.string().nullable(),
  ipAddress: z.string().nullable(),
  cpuPercent: z.int().nullable(),
  cpuTemperatureC: z.int().nullable(),
  memoryUsedMib: z.int().nullable(),
  memoryTotalMib: z.int().nullable(),
  storageUsedMib: z.int().nullable(),
  storageTotalMib: z.int().nullable(),
  tags: z.record(z.string(), z.string()),
  /** Grows with every stored change of this row. */
  revision: z.int(),
})
export type DeviceRow = z.infer<typeof deviceRow>

/** What a device list is narrowed to; the same names are used in the URL of the page. */
export const deviceFilter = z.object({
  fleetId: id.optional(),
  /** Name, uuid prefix, tag value, IP or MAC address, serial number. */
  q: z.string().max(200).default(''),
  health: commaList(health),
  connectivity: commaList(connectivity),
  reason: commaList(healthCode),
  deviceType: commaList(z.string().max(100)),
  /** Release ids that run now, `none` for no release. */
  release: commaList(z.string().max(20)),
  os: commaList(z.string().max(100)),
  update: commaList(updateState),
  /** `key:value` or `key`. */
  tag: commaList(z.string().max(300)),
  pinned: queryBoolean.optional(),
})
export type DeviceFilter = z.infer<typeof deviceFilter>

export const deviceListQuery = deviceFilter.extend({
  sort: z.enum(deviceSorts).default('trouble'),
  direction: z.enum(['asc', 'desc']).default('asc'),
  ...pageQuery.shape,
  /** So many rows before the first that is answered, instead of `after`: a list can be gone to at every place of it. */
  offset: z.coerce.number().int().min(0).max(100_000_000).default(0),
})
export type DeviceListQuery = z.infer<typeof deviceListQuery>

export const devicePage = z.object({
  cursor,
  rows: z.array(deviceRow),
  total: z.int().nonnegative(),
  next: z.string().nullable(),
})
export type DevicePage = z.infer<typeof devicePage>

const facet = z.array(z.object({ value: z.string(), label: z.string(), count: z.int() }))
/** Counts by value, each facet counted with all the *other* filters applied. */
export const deviceFacets = z.object({
  health: facet,
  connectivity: facet,
  reason: facet,
  deviceType: facet,
  release: facet,
  os: facet,
  update: facet,
  tag: facet,
  /** `true` and `false`. */
  pinned: facet,
})
export type DeviceFacets = z.infer<typeof deviceFacets>

/** Which devices a bulk operation means: these, or all that match a filter (with the count the user saw). */
export const deviceSelection = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('uuids'), uuids: z.array(deviceUuid).min(1).max(10_000) }),
  z.object({ kind: z.literal('filter'), filter: deviceFilter, expectedCount: z.int().nonnegative() }),
])
export type DeviceSelection = z.infer<typeof deviceSelection>
export const bulkOperation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pin'), releaseId: id }),
  z.object({ kind: z.literal('unpin') }),
  z.object({
    kind: z.literal('tag'),
    key: z.string().min(1).max(100).regex(/^\S+$/, 'must not hold white space'),
    value: z.string().max(255),
  }),
  z.object({ kind: z.literal('untag'), key: z.string().min(1).max(100) }),
  z.object({ kind: z.literal('move'), fleetId: id }),
  z.object({
    kind: z.literal('action'),
    action: actionKind,
    ...actionRequest.shape,
  }),
])
type Whole = z.infer<typeof bulkOperation>
type AskedAction = Extract<Whole, { kind: 'action' }>
/** As it is asked: what has a default may be left out. */
export type BulkOperation =
  Exclude<Whole, AskedAction> | (Omit<AskedAction, 'reason' | 'expiresInMinutes'> & Partial<AskedAction>)
/** `isPreview: true` changes nothing and answers what would happen. */
export const bulkBody = z.object({
  selection: deviceSelection,
  operation: bulkOperation,
  isPreview: z.boolean(),
})
export const bulkResult = z.object({
  matched: z.int(),
  applied: z.int(),
  offline: z.int(),
  refused: z.array(z.object({ reason: z.string(), count: z.int(), examples: z.array(z.string()) })),
  /** The bulk action whose progress can be followed; null for other operations and previews. */
  batchId: id.nullable(),
})
export type BulkResult = z.infer<typeof bulkResult>

export const serviceState = z.object({
  name: z.string(),
  image: z.string().nullable(),
  releaseCommit: z.string().nullable(),
  /** As the supervisor says it: Running, Downloading, exited … */
  status: z.string(),
  downloadPercent: z.int().nullable(),
  restarts: z.int().nullable(),
  lastExitCode: z.int().nullable(),
  targetImage: z.string().nullable(),
  shouldRun: z.boolean(),
  /** Somebody stopped it from here: its target says that it is not to run. */
  isStopped: z.boolean(),
  updatedAt: instant,
})
export type ServiceState = z.infer<typeof serviceState>

/** One layer of the device with its verdict; services come one entry each. */
export const layerState = z.object({
  layer,
  name: z.string(),
  health,
  summary: z.string(),
  reasons: z.array(healthReason),
})
export type LayerState = z.infer<typeof layerState>

export const osSlot = z.object({ name: z.string(), version: z.string().nullable() })
export const hostOs = z.object({
  version: z.string().nullable(),
  variant: z.string().nullable(),
  targetVersion: z.string().nullable(),
  /** Null when the device does not report its slots: then it cannot be known. */
  slots: z
    .object({
      active: osSlot,
      passive: osSlot.nullable(),
      phase: z.string(),
      bootCount: z.int().nullable(),
      rollback: z.string().nullable(),
    })
    .nullable(),
})

/** Bytes of the last update. `isEstimate`: computed from image layers because the device does not report them. */
export const updateBytes = z.object({
  sentBytes: z.number().nonnegative(),
  fullBytes: z.number().nonnegative(),
  mode: z.enum(['delta', 'full', 'unknown']),
  isEstimate: z.boolean(),
})
export type UpdateBytes = z.infer<typeof updateBytes>

export const deviceDetail = deviceRow.extend({
  id,
  /** When a note on it was last written, edited or deleted. */
  notesChangedAt: instant.nullable(),
  createdAt: instant,
  macAddress: z.string().nullable(),
  apiPort: z.int().nullable(),
  cpuId: z.string().nullable(),
  storageBlockDevice: z.string().nullable(),
  isUndervolted: z.boolean().nullable(),
  lastPollAt: instant.nullable(),
  lastReportAt: instant.nullable(),
  metricsAt: instant.nullable(),
  /** Device clock minus gateway clock; null when never measured. */
  clockSkewMs: z.number().nullable(),
  pollIntervalMs: z.int(),
  /** It keeps its socket open now. */
  hasActionChannel: z.boolean(),
  /** When it last opened one; null: never, as a stock supervisor. */
  actionChannelAt: instant.nullable(),
  /** It talks to another backend, which hands actions on to it. */
  isAskedBySource: z.boolean(),
  /** Changes with every step of an action of the device. */
  actionSteps: z.int(),
  /** Until when update locks are overridden. */
  lockOverriddenUntil: instant.nullable(),
  key: deviceKey,
  pinnedRelease: releaseRef.nullable(),
  hostOs,
  /** What the device tells of itself by reserved tags, such as its slots and restart counters. */
  facts: z.record(z.string(), z.string()),
  layers: z.array(layerState),
  services: z.array(serviceState),
  lastUpdate: updateBytes.nullable(),
})
export type DeviceDetail = z.infer<typeof deviceDetail>
export const deviceSnapshot = z.object({ cursor, device: deviceDetail })

export const eventKinds = [
  'registered',
  'connectivity',
  'health',
  'update',
  'os',
  'reboot',
  'service',
  'target',
  'tag',
  'variable',
  'action',
  'move',
] as const
export type EventKind = (typeof eventKinds)[number]
/** Something that happened to a device, as its timeline shows it. */
export const deviceEvent = z.object({
  id,
  at: instant,
  kind: z.enum(eventKinds),
  layer: layer.nullable(),
  severity: z.enum(['info', 'ok', 'attention', 'critical']),
  summary: z.string(),
  actor: z.string().nullable(),
})
export type DeviceEvent = z.infer<typeof deviceEvent>

const metricExtremes = z.object({
  cpuPercent: z.number().nullable(),
  cpuTemperatureC: z.number().nullable(),
  memoryUsedMib: z.number().nullable(),
  storageUsedMib: z.number().nullable(),
})
/** Down-sampled on the gateway: one point a bucket, with the mean, the lowest and the highest of what was reported in it. */
export const metricSeries = z.object({
  from: instant,
  to: instant,
  bucketMs: z.int(),
  points: z.array(
    z.object({
      at: instant,
      cpuPercent: z.number().nullable(),
      cpuTemperatureC: z.number().nullable(),
      memoryUsedMib: z.number().nullable(),
      memoryTotalMib: z.number().nullable(),
      storageUsedMib: z.number().nullable(),
      storageTotalMib: z.number().nullable(),
      lowest: metricExtremes,
      highest: metricExtremes,
    }),
  ),
  /** Spans in which the device was not heard, clipped to the range. */
  offline: z.array(z.object({ from: instant, to: instant })),
})
export type MetricSeries = z.infer<typeof metricSeries>

/** Cells in the order of the wall, as `encodeWallCells` of contract/wall-cells.ts writes them. */
export const wallCells = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'must be base64')
export const wallSnapshot = z.object({ cursor, cells: wallCells })
/** What cells are asked for by when somebody points at them. */
export const wallDevice = z.object({ id, uuid: deviceUuid, name: z.string() })
export type WallDevice = z.infer<typeof wallDevice>
