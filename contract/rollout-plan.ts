import { z } from 'zod'
import { deviceUuid, id, instant } from './query.ts'

/** How far a phase reaches: a cumulative share of the target set, a cumulative number of devices, or a tag. */
export const phaseReach = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('percent'), percent: z.number().gt(0).max(100) }),
  z.object({ kind: z.literal('count'), count: z.int().positive() }),
  /** Every device that carries the tag (with this value, when one is given). */
  z.object({
    kind: z.literal('tag'),
    key: z.string().min(1).max(100),
    value: z.string().max(255).nullable(),
  }),
])
export type PhaseReach = z.infer<typeof phaseReach>

/** One ordered step. `soakSeconds`: how long a device must stay well on the release before it counts as succeeded. */
export const rolloutPhase = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(60),
  reach: phaseReach,
  soakSeconds: z.int().min(0).max(2_592_000),
  /** `manual`: the phase opens only when somebody approves it. The first phase opens with the start. */
  approval: z.enum(['auto', 'manual']).default('auto'),
  /** Who may approve it: a release manager or an administrator, or an administrator alone. */
  approver: z.enum(['release-manager', 'admin']).default('release-manager'),
})
export type RolloutPhase = z.infer<typeof rolloutPhase>

const percent = z.number().min(0).max(100)

/** When a phase may go on, and what stops the rollout. A limit of null switches its criterion off. */
export const rolloutGates = z.object({
  /** The next phase opens when this share of the phase's reachable devices has succeeded. */
  successPercent: percent.default(95),
  /** No share is judged on fewer devices than this, or than the whole phase where that is smaller. */
  minimumSample: z.int().min(1).max(100_000).default(5),
  maxFailurePercent: percent.nullable().default(10),
  maxFailures: z.int().positive().nullable().default(null),
  /** Devices that fell silent after they were offered the release, beyond the share of silent devices in the control group. */
  maxSilentPercent: percent.nullable().default(10),
  /** Devices of one device type on which one service crash-loops since the update. */
  maxCrashLoopPercent: percent.nullable().default(20),
  /** Percentage points by which a new health reason may be more common on updated devices than in the control group. */
  maxHealthDifference: percent.nullable().default(20),
  onTrip: z.enum(['pause', 'roll-back']).default('pause'),
})
export type RolloutGates = z.infer<typeof rolloutGates>

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 22:30')
const knownTimeZone = (zone: string) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
/** An IANA time zone that this machine knows. */
export const timeZone = z.string().max(60).refine(knownTimeZone, 'must be a time zone such as Europe/Vienna')

/** Offers are made only between these times of the device's own day; `to` before `from` spans midnight. */
export const maintenanceWindow = z.object({
  from: clock,
  to: clock,
  /** 1 Monday to 7 Sunday, the day on which the window begins; empty: every day. */
  weekdays: z.array(z.int().min(1).max(7)).max(7).default([]),
  /** For devices that name no zone of their own in the tag `timezone`. */
  timeZone: timeZone.default('UTC'),
})
export type MaintenanceWindow = z.infer<typeof maintenanceWindow>

export const defaultGates: RolloutGates = rolloutGates.parse({})

const planFields = z.object({
  phases: z.array(rolloutPhase).min(1).max(20),
  /** Share of the target set that is held back until every phase has passed: what the updated devices are compared with. */
  controlPercent: z.number().min(0).max(50).default(0),
  gates: rolloutGates.default(defaultGates),
  /** At most this many devices updating at once; null: no limit. */
  maxUpdating: z.int().positive().nullable(),
  /** At most this many devices are offered the release in a minute; null: no limit. */
  startsPerMinute: z.int().positive().nullable().default(null),
  /** Takes in every pinned device of the target set. */
  includesPinned: z.boolean(),
  /** Pinned devices that take part though the others are left alone: respected unless named here. */
  pinnedDevices: z.array(deviceUuid).max(1000).default([]),
  window: maintenanceWindow.nullable().default(null),
  /** How often a failed device is asked to try again, and how long it waits first (doubled each time). */
  retries: z
    .object({ attempts: z.int().min(0).max(10), backoffSeconds: z.int().min(1).max(86_400) })
    .default({ attempts: 0, backoffSeconds: 60 }),
  /** A device that takes longer (while it can be heard) has failed; null: no deadline. */
  deviceDeadlineMinutes: z.int().positive().max(43_200).nullable().default(120),
  /** A phase that has not passed by then pauses the rollout; null: no deadline. */
  phaseDeadlineMinutes: z.int().positive().max(525_600).nullable().default(null),
  /** For how many days an offline device is still owed the release; null: until the rollout is ended by somebody. */
  offlineOwedDays: z.int().positive().max(365).nullable().default(30),
  /** Devices that join the fleet, and match the filter, while the rollout is under way: part of the last phase, or not. */
  newcomers: z.enum(['last-phase', 'ignore']).default('last-phase'),
})

/** A plan whose phases grow to the whole target set. */
export const rolloutPlan = planFields.superRefine((plan, context) => {
  let reached = 0
  for (const [index, { reach }] of plan.phases.entries()) {
    if (reach.kind !== 'percent') continue
    if (reach.percent <= reached) {
      context.addIssue({
        code: 'custom',
        path: ['phases', index, 'reach', 'percent'],
        message: `must be more than the ${reached} % of the phase before: shares are cumulative`,
      })
    }
    reached = reach.percent
  }
  const last = plan.phases.at(-1)?.reach
  if (last?.kind !== 'percent' || last.percent !== 100) {
    context.addIssue({
      code: 'custom',
      path: ['phases', plan.phases.length - 1, 'reach'],
      message: 'must be 100 %: the last phase takes every device that is left',
    })
  }
})
export type RolloutPlan = z.infer<typeof rolloutPlan>

const toPercent = (share: number): PhaseReach => ({ kind: 'percent', percent: share })
const phase = (name: string, share: number, soakSeconds: number): RolloutPhase => ({
  name,
  reach: toPercent(share),
  soakSeconds,
  approval: 'auto',
  approver: 'release-manager',
})

const MINUTE = 60
const HOUR = 60 * MINUTE

/** The plans every fleet starts with; a fleet may keep its own beside them. */
export const standardPlans: { name: string; description: string; plan: RolloutPlan }[] = [
  {
    name: 'Careful',
    description:
      '1 %, 10 % and 50 % first, a tenth held back to compare with, a person approves the half, rolls back by itself.',
    plan: rolloutPlan.parse({
      phases: [
        phase('Canary', 1, 4 * HOUR),
        phase('Early', 10, 12 * HOUR),
        { ...phase('Half', 50, 24 * HOUR), approval: 'manual' },
        phase('Everyone', 100, 4 * HOUR),
      ],
      controlPercent: 10,
      gates: { ...defaultGates, maxFailurePercent: 5, onTrip: 'roll-back' },
      maxUpdating: 200,
      startsPerMinute: 100,
      includesPinned: false,
      retries: { attempts: 2, backoffSeconds: 300 },
    }),
  },
  {
    name: 'Standard',
    description: '5 %, 25 %, then everyone; pauses when updated devices get sicker than the others.',
    plan: rolloutPlan.parse({
      phases: [
        phase('Canary', 5, 10 * MINUTE),
        phase('Quarter', 25, 30 * MINUTE),
        phase('Everyone', 100, 10 * MINUTE),
      ],
      controlPercent: 5,
      maxUpdating: 1000,
      includesPinned: false,
      retries: { attempts: 1, backoffSeconds: 120 },
    }),
  },
  {
    name: 'Everyone now',
    description: 'One phase for all devices at once; still pauses when too many fail.',
    plan: rolloutPlan.parse({
      phases: [phase('Everyone', 100, 30)],
      maxUpdating: null,
      includesPinned: false,
    }),
  },
]

export const defaultRolloutPlan: RolloutPlan = rolloutPlan.parse({
  phases: [phase('Everyone', 100, 30)],
  maxUpdating: null,
  includesPinned: false,
})

export const templateName = z.string().trim().min(1, 'must not be empty').max(60)
/** A named plan: one of the standard ones (`id: null`) or a fleet's own. */
export const planTemplate = z.object({
  id: id.nullable(),
  name: z.string(),
  description: z.string(),
  plan: rolloutPlan,
  updatedAt: instant.nullable(),
  updatedBy: z.string().nullable(),
})
export type PlanTemplate = z.infer<typeof planTemplate>
export const savePlanBody = z.object({
  name: templateName,
  description: z.string().max(300).default(''),
  plan: rolloutPlan,
})

/** One criterion of a phase's gate with the figures it rests on. */
export const gateCriterion = z.object({
  code: z.enum(['success', 'failures', 'silence', 'crash-loop', 'health']),
  /** What is measured, in words: `Service app crash-loops on raspberrypi4-64`. */
  label: z.string(),
  /** Percent, or a number of devices where `unit` says so. */
  value: z.number(),
  limit: z.number(),
  unit: z.enum(['percent', 'devices', 'points']),
  /** How many devices `value` was counted over. */
  sample: z.int(),
  minimumSample: z.int(),
  /** The same figure in the control group, for criteria that compare. */
  control: z.object({ value: z.number(), sample: z.int() }).nullable(),
  verdict: z.enum(['pass', 'waiting', 'not-enough-devices', 'trip']),
})
export type GateCriterion = z.infer<typeof gateCriterion>
