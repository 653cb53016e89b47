import { z } from 'zod'
import { deviceUuid, instant } from './query.ts'
import { rolloutDetail, rolloutDeviceState, rolloutEvent } from './rollout.ts'
import { gateCriterion } from './rollout-plan.ts'

/** So many devices of one reason are named in a report; the export has all of them. */
export const REPORT_NAMED_DEVICES = 20
export const REPORT_TIMELINE_LENGTH = 2000

/** A rollout told from its start to its end, or so far: what is printed, and kept as JSON. */
export const rolloutReport = z.object({
  generatedAt: instant,
  rollout: rolloutDetail,
  /** Each gate as it was when it passed or stopped the rollout, and as it is now where it is still judged. */
  gates: z.array(z.object({ phaseIndex: z.int(), criteria: z.array(gateCriterion), isFinal: z.boolean() })),
  /** Devices that do not have the release for good, by state and reason, most first. */
  notUpdated: z.array(
    z.object({
      state: rolloutDeviceState,
      reason: z.string().nullable(),
      count: z.int(),
      devices: z.array(z.object({ uuid: deviceUuid, name: z.string() })),
    }),
  ),
  /** Oldest first. */
  timeline: z.array(rolloutEvent),
  /** Older entries than those were left out. */
  isTimelineCut: z.boolean(),
})
export type RolloutReport = z.infer<typeof rolloutReport>
