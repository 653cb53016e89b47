import { z } from 'zod'
import { cursor, instant } from './query.ts'

/**
 * Where fleets come from. `embedded`: this gateway is the backend its devices talk to. `balena`: devices talk to an
 * openBalena or balenaCloud, which this gateway reads and steers over its API.
 */
export const sourceKind = z.enum(['embedded', 'balena'])
export type SourceKind = z.infer<typeof sourceKind>

/**
 * What a source may or may not be able to do. `create-fleets`: make, rename and delete them. `create-releases`: make and
 * change them. `register-devices`: provisioning keys. `edit-devices`: rename, move and delete. `target-releases`: pin devices
 * and fleets, and so rollouts of releases. `target-host-os`: rollouts of a host OS. `device-actions`: reboot and the like.
 * `collect-diagnostics`: what a device tells of itself when asked.
 */
export const sourceAbilities = [
  'create-fleets',
  'create-releases',
  'register-devices',
  'device-keys',
  'edit-devices',
  'edit-tags',
  'edit-variables',
  'target-releases',
  'target-host-os',
  'device-actions',
  'collect-diagnostics',
] as const
export const sourceAbility = z.enum(sourceAbilities)
export type SourceAbility = z.infer<typeof sourceAbility>

/** What this source cannot do, and why, in a sentence for people. */
export const missingAbility = z.object({ ability: sourceAbility, why: z.string() })
export type MissingAbility = z.infer<typeof missingAbility>

/**
 * Why a source cannot be read. `address`: nothing answers there, or not such a backend. `certificate`: it is not trusted.
 * `token`: expired, revoked or wrong. `rights`: the token may not read what is needed. `busy`: it asks to be left alone, or
 * fails by itself.
 */
export const sourceProblemCode = z.enum(['address', 'certificate', 'token', 'rights', 'busy', 'unexpected'])
export const sourceProblem = z.object({
  code: sourceProblemCode,
  /** What is wrong and what to do, for people. */
  sentence: z.string(),
  since: instant,
})
export type SourceProblem = z.infer<typeof sourceProblem>

const count = z.int().nonnegative()
/** One kind of thing that is read from a source again and again, and when everything of it was last up to date. */
export const sourceFeed = z.object({
  name: z.enum(['devices', 'fleets', 'releases', 'variables', 'removals']),
  readAt: instant.nullable(),
  everySeconds: z.number().positive(),
})
export type SourceFeed = z.infer<typeof sourceFeed>

/** How a source that must be asked is read; null for the embedded one, whose devices tell by themselves. */
export const sourceReading = z.object({
  /** `beginning`: not everything was read yet. `waiting`: another gateway reads. */
  state: z.enum(['beginning', 'reading', 'failing', 'waiting']),
  problem: sourceProblem.nullable(),
  /** All that happened to devices before it is shown; null: not read yet. */
  readAt: instant.nullable(),
  /** The same of the devices that pages of this gateway show, which are read by themselves where reading all takes long. */
  shownReadAt: instant.nullable(),
  feeds: z.array(sourceFeed),
  /** Requests of the last 60 seconds, and how many there may be. */
  requestsLastMinute: count,
  requestsPerMinute: z.int().positive(),
  /** No request before it, because the source asked for it or failed. */
  quietUntil: instant.nullable(),
  /** Targets of devices and fleets that were set here and not yet there. */
  waitingTargets: count,
})
export type SourceReading = z.infer<typeof sourceReading>

export const sourceStatus = z.object({
  kind: sourceKind,
  /** For people: `this gateway`, `openBalena at api.example.com`. */
  name: z.string(),
  /** Null: the source is this gateway. */
  address: z.string().nullable(),
  missing: z.array(missingAbility),
  reading: sourceReading.nullable(),
})
export type SourceStatus = z.infer<typeof sourceStatus>

/** The status with the gateway's clock as it was told, so that a page whose clock is wrong can say how old figures are. */
export const toldSource = z.object({ at: instant, status: sourceStatus })
export type ToldSource = z.infer<typeof toldSource>
export const sourceSnapshot = toldSource.extend({ cursor })
export type SourceSnapshot = z.infer<typeof sourceSnapshot>

/** What every page must know of the source. `isRead`: it is asked again and again, so figures have an age. */
export const sourceOutline = sourceStatus
  .pick({ kind: true, name: true, missing: true })
  .extend({ isRead: z.boolean() })
export type SourceOutline = z.infer<typeof sourceOutline>

/** What a test of the connection found, step by step; later steps are absent where an earlier one failed. */
export const sourceCheck = z.object({
  isOk: z.boolean(),
  steps: z.array(
    z.object({
      name: z.enum(['address', 'certificate', 'token', 'read', 'target', 'logs', 'actions']),
      state: z.enum(['ok', 'failed', 'unknown']),
      sentence: z.string(),
    }),
  ),
  /** As the backend tells it; null: it does not tell. */
  version: z.string().nullable(),
  /** As whom the token acts there; null: nobody, or not told. */
  actor: z.string().nullable(),
})
export type SourceCheck = z.infer<typeof sourceCheck>
