import { z } from 'zod'
import { instant } from './query.ts'

/** Kinds of lanes, in the order in which they stand under the time axis. */
export const laneKinds = [
  'connectivity',
  'health',
  'release',
  'os',
  'update',
  'service',
  'reboot',
  'change',
  'action',
] as const
export const laneKind = z.enum(laneKinds)
export type LaneKind = z.infer<typeof laneKind>

export const markTones = ['ok', 'info', 'neutral', 'unknown', 'attention', 'critical'] as const

/** One thing on a lane: a span, or a moment (`from` and `to` the same). Marks of a lane are in order and never overlap. */
export const timelineMark = z.object({
  from: instant,
  to: instant,
  /** It began before the range. */
  isOpenStart: z.boolean(),
  /** It still goes on at the end of the range. */
  isOpenEnd: z.boolean(),
  tone: z.enum(markTones),
  /** Two or three words: what is drawn into a span. */
  label: z.string(),
  /** What there is to know, in sentences, one a line. */
  detail: z.array(z.string()),
  actor: z.string().nullable(),
  /** How many things it stands for: restarts of a crash loop, or what lies too close together to be told apart. */
  count: z.int().positive(),
})
export type TimelineMark = z.infer<typeof timelineMark>

/** `id` names the lane in the device: its kind, and the service where there are several. */
export const timelineLane = z.object({
  id: z.string(),
  kind: laneKind,
  name: z.string(),
  marks: z.array(timelineMark),
})
export type TimelineLane = z.infer<typeof timelineLane>

/** What happened to a device in a range; what lies closer together than `resolutionMs` may be told as one. */
export const deviceTimeline = z.object({
  from: instant,
  to: instant,
  resolutionMs: z.int(),
  lanes: z.array(timelineLane),
})
export type DeviceTimeline = z.infer<typeof deviceTimeline>
