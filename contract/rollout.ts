import { z } from 'zod'
import { deviceFilter } from './device.ts'
import { releaseRef, rolloutTarget } from './fleet.ts'
import { osVersion } from './host-os.ts'
import { commaList, cursor, deviceUuid, id, instant, pageQuery } from './query.ts'
import { gateCriterion, rolloutPhase, rolloutPlan, templateName } from './rollout-plan.ts'
import { auditEntry } from './audit.ts'

export const rolloutDeviceStates = [
  'waiting',
  'offered',
  'downloading',
  'installing',
  'rebooting',
  'verifying',
  'succeeded',
  'failed',
  'rolled-back',
  'skipped',
  'offline',
] as const
/** `offline`: cannot be heard, its clock stands still, still owed. */
export const rolloutDeviceState = z.enum(rolloutDeviceStates)
export type RolloutDeviceState = z.infer<typeof rolloutDeviceState>

export const rolloutState = z.enum([
  'running',
  'paused',
  'completed',
  'aborted',
  'rolling-back',
  'rolled-back',
])
export type RolloutState = z.infer<typeof rolloutState>

export const phaseState = z.enum(['pending', 'awaiting-approval', 'open', 'passed'])

const counts = z.record(rolloutDeviceState, z.int())

export const rolloutRow = z.object({
  id,
  fleetId: id,
  fleetName: z.string(),
  target: rolloutTarget,
  state: rolloutState,
  createdAt: instant,
  createdBy: z.string(),
  finishedAt: instant.nullable(),
  total: z.int(),
  counts,
})
export type RolloutRow = z.infer<typeof rolloutRow>

/** `q`: in the version, commit, fleet or creator; `#7` is the rollout of that number. */
export const rolloutListQuery = z.object({
  fleetId: id.optional(),
  state: commaList(rolloutState),
  q: z.string().trim().max(100).default(''),
  ...pageQuery.shape,
})
/** How many rollouts match, and how many each state would leave with the other filters applied. */
export const rolloutTotals = z.object({ total: z.int(), stateCounts: z.record(rolloutState, z.int()) })
export type RolloutTotals = z.infer<typeof rolloutTotals>
/** Newest first. */
export const rolloutPage = rolloutTotals.extend({
  cursor,
  rows: z.array(rolloutRow),
  next: z.string().nullable(),
})
export type RolloutPage = z.infer<typeof rolloutPage>

/** How many entries of its timeline a rollout carries; older ones are read by the page. */
export const ROLLOUT_TIMELINE_LENGTH = 50
/** Who did what to a rollout, or what it did by itself. */
export const rolloutEvent = auditEntry.pick({
  id: true,
  at: true,
  actor: true,
  actorKind: true,
  action: true,
  summary: true,
})
export type RolloutEvent = z.infer<typeof rolloutEvent>

export const rolloutDetail = rolloutRow.extend({
  plan: rolloutPlan,
  note: z.string(),
  /** What the fleet was narrowed to; null: all of it. */
  filter: deviceFilter.nullable(),
  /** What the devices offered so far ran before, most first; `release: null`: none. Empty for a host OS rollout. */
  previousReleases: z.array(z.object({ release: releaseRef.nullable(), count: z.int() })),
  /** The same for a host OS rollout; empty for one of a release. */
  previousOsVersions: z.array(z.object({ osVersion: z.string().nullable(), count: z.int() })),
  /** In order; the control group, where there is one, comes last and reaches what is left. */
  phases: z.array(
    rolloutPhase.extend({
      index: z.int(),
      isControl: z.boolean(),
      total: z.int(),
      counts,
      state: phaseState,
      openedAt: instant.nullable(),
      passedAt: instant.nullable(),
      /** Somebody let it pass without its gate. */
      isSkipped: z.boolean(),
    }),
  ),
  /**
   * The gate of the open phase with its figures; null when no phase is open. `isFinal`: of a rollout that goes back or
   * has ended, the last gate as it was then.
   */
  gate: z.object({ phaseIndex: z.int(), criteria: z.array(gateCriterion), isFinal: z.boolean() }).nullable(),
  /** Why it paused or went back by itself, in one sentence; null when it did not. */
  haltReason: z.string().nullable(),
  bytes: z.object({
    sentBytes: z.number(),
    /** What full pulls would have taken for the same devices. */
    fullBytes: z.number(),
    remainingBytes: z.number().nullable(),
    /** How many of the devices report bytes themselves; the others are estimated from layers. */
    reportedDevices: z.int(),
    estimatedDevices: z.int(),
  }),
  /** Most frequent first; `key` names the reason when the devices of one are asked for. */
  failures: z.array(
    z.object({
      key: z.string(),
      reason: z.string(),
      count: z.int(),
      examples: z.array(z.object({ uuid: deviceUuid, name: z.string() })),
    }),
  ),
  /** Counts over time for the chart, oldest first, at most 300; a live patch carries the newest few. */
  samples: z.array(z.object({ at: instant, counts })),
  /** Newest first, at most `ROLLOUT_TIMELINE_LENGTH`. */
  timeline: z.array(rolloutEvent),
  /** Every time it stood still, oldest first; `to: null`: it still does. */
  pauses: z.array(z.object({ from: instant, to: instant.nullable(), actor: z.string(), reason: z.string() })),
})
export type RolloutDetail = z.infer<typeof rolloutDetail>
export const rolloutSnapshot = z.object({ cursor, rollout: rolloutDetail })
export type RolloutSnapshot = z.infer<typeof rolloutSnapshot>

export const rolloutDevice = z.object({
  uuid: deviceUuid,
  name: z.string(),
  deviceType: z.string(),
  phaseIndex: z.int(),
  state: rolloutDeviceState,
  percent: z.int().nullable(),
  reason: z.string().nullable(),
  previousRelease: releaseRef.nullable(),
  /** What it reported when a host OS rollout first touched it; null in a rollout of a release. */
  previousOsVersion: z.string().nullable(),
  sentBytes: z.number().nullable(),
  fullBytes: z.number().nullable(),
  connectivity: z.string(),
  lastSeenAt: instant.nullable(),
  /** When it failed last; kept while it goes back. */
  failedAt: instant.nullable(),
  updatedAt: instant,
})
export type RolloutDevice = z.infer<typeof rolloutDevice>
export const rolloutDeviceQuery = z.object({
  state: commaList(rolloutDeviceState),
  q: z.string().max(200).default(''),
  /** Only devices that failed of this reason: a `key` of the rollout's `failures`. */
  failure: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be the key of a failure')
    .optional(),
  ...pageQuery.shape,
})
export const rolloutDevicePage = z.object({
  cursor,
  rows: z.array(rolloutDevice),
  total: z.int(),
  next: z.string().nullable(),
})
export type RolloutDevicePage = z.infer<typeof rolloutDevicePage>

/** One cell of a rollout's wall: uuid, name, index into `rolloutDeviceStates`, phase index, download percent or null. */
export const rolloutCell = z.tuple([z.string(), z.string(), z.int(), z.int(), z.int().nullable()])
export type RolloutCell = z.infer<typeof rolloutCell>
/** In the order in which the rollout offers: by phase, then by its own place in it. */
export const rolloutWall = z.object({ cursor, cells: z.array(rolloutCell) })
export type RolloutWall = z.infer<typeof rolloutWall>

export const createRolloutBody = z
  .object({
    /** What is sent: exactly one of the two. */
    releaseId: id.optional(),
    osVersion: osVersion.optional(),
    /** Narrows the fleet; absent: all of it. */
    filter: deviceFilter.optional(),
    /** Absent: the plan named by `template`, else everyone at once. */
    plan: rolloutPlan.optional(),
    /** Name of one of the fleet's plans or of a standard one (Careful, Standard, Everyone now); `plan` goes before it. */
    template: templateName.optional(),
    note: z.string().max(2000).default(''),
  })
  .superRefine(({ releaseId, osVersion }, context) => {
    if (releaseId === undefined && osVersion === undefined)
      context.addIssue({
        code: 'custom',
        path: ['releaseId'],
        message: 'must be given, or osVersion instead',
      })
    if (releaseId !== undefined && osVersion !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['osVersion'],
        message: 'must not be given together with releaseId',
      })
  })
/** A preview lists no more devices of one kind than this, the first by name; its totals count all of them. */
export const PREVIEW_LIST_LIMIT = 200
/** A device that a preview lists, and why: `Pinned to 1.2.0`. */
export const previewDevice = z.object({ uuid: deviceUuid, name: z.string(), reason: z.string() })
export type PreviewDevice = z.infer<typeof previewDevice>
const previewList = z.array(previewDevice).max(PREVIEW_LIST_LIMIT)

/** What a rollout would do; nothing is changed. */
export const rolloutPreview = z.object({
  total: z.int(),
  willUpdate: z.int(),
  alreadyRunning: z.int(),
  pinned: z.int(),
  incompatible: z.array(z.object({ deviceType: z.string(), count: z.int(), reason: z.string() })),
  offline: z.int(),
  estimatedBytes: z.number().nullable(),
  fullBytes: z.number().nullable(),
  conflict: z.object({ rolloutId: id, devices: z.int() }).nullable(),
  /** How many devices each phase would hold, the control group last where there is one. */
  phases: z.array(
    z.object({
      name: z.string(),
      isControl: z.boolean(),
      devices: z.int(),
      offline: z.int(),
      /** By missing layers; null when the release was made without image sizes. */
      estimatedBytes: z.number().nullable(),
    }),
  ),
  /** Devices that cannot run the release; `incompatible` counts them. */
  incompatibleDevices: previewList,
  /** Devices that take part but cannot be heard now; `offline` counts them. */
  offlineDevices: previewList,
  /** Devices that are left alone because of their pin; `pinned` counts them. */
  pinnedDevices: previewList,
  /** Devices that name a time zone nobody knows: the plan's own is taken for them. */
  unknownZones: z.int(),
  unknownZoneDevices: previewList,
  /**
   * How long it takes at the least, in minutes, if every device updates well; null when no device that can be heard would
   * be updated. `basis`: what was counted and what was not, in words.
   */
  estimate: z.object({ minimumMinutes: z.number().nullable(), basis: z.string() }),
})
export type RolloutPreview = z.infer<typeof rolloutPreview>
export const rolloutVerb = z.enum([
  'pause',
  'resume',
  /** Lets the phase that waits for it open. */
  'approve',
  /** Lets the open phase pass without its gate; asks for a reason. */
  'skip-phase',
  'abort',
  'retry-failed',
  'roll-back',
])
export type RolloutVerb = z.infer<typeof rolloutVerb>
/** `hadEffect: false`: the rollout was already as asked, nothing was done again. */
export const rolloutVerbAnswer = rolloutDetail.extend({ hadEffect: z.boolean() })
