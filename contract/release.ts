import { z } from 'zod'
import { architecture } from './fleet.ts'
import { commaList, cursor, id, instant, pageQuery } from './query.ts'

export const imageLayer = z.object({ digest: z.string().max(100), sizeBytes: z.number().int().nonnegative() })
/** What is known of one service's image; layers come from the registry's manifest when the release is made. */
export const imageInfo = z.object({
  sizeBytes: z.number().int().nonnegative(),
  layers: z.array(imageLayer).max(200),
})
export type ImageInfo = z.infer<typeof imageInfo>

export const updateStrategies = [
  'download-then-kill',
  'kill-then-download',
  'delete-then-download',
  'hand-over',
] as const

export const releaseService = z.object({
  name: z.string(),
  image: z.string(),
  digest: z.string().nullable(),
  architecture: architecture.nullable(),
  updateStrategy: z.enum(updateStrategies),
  labels: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
  /** Null: not declared when the release was made. */
  sizeBytes: z.number().nullable(),
  layers: z.array(imageLayer),
})
export type ReleaseService = z.infer<typeof releaseService>

/** draft: not tracked, can be pinned; final: can be tracked; failed: never offered. */
export const releaseStatus = z.enum(['draft', 'final', 'failed'])
export type ReleaseStatus = z.infer<typeof releaseStatus>

export const releaseRow = z.object({
  id,
  fleetId: id,
  fleetName: z.string(),
  semver: z.string(),
  commit: z.string(),
  status: releaseStatus,
  notes: z.string(),
  serviceCount: z.int(),
  sizeBytes: z.number().nullable(),
  createdAt: instant,
  /** Empty: it was read from a source, which does not tell. */
  createdBy: z.string(),
  /** Devices that run it now / should run it. */
  runningCount: z.int(),
  targetCount: z.int(),
  isFleetTarget: z.boolean(),
  /** Device types it may be offered to; empty: all that can run its images. */
  deviceTypes: z.array(z.string()),
})
export type ReleaseRow = z.infer<typeof releaseRow>
export const releasePage = z.object({
  cursor,
  /** By status, with every other part of the query applied. */
  statusCounts: z.record(releaseStatus, z.int()),
  rows: z.array(releaseRow),
  total: z.int(),
  next: z.string().nullable(),
})

export const releaseDetail = releaseRow.extend({
  composeYaml: z.string(),
  services: z.array(releaseService),
  failureReason: z.string().nullable(),
  finalisedAt: instant.nullable(),
  /** Health of the devices running it now. */
  runningHealth: z.record(z.string(), z.int()),
})
export type ReleaseDetail = z.infer<typeof releaseDetail>
/** A release as it was at a live revision. */
export const releaseSnapshot = releaseDetail.extend({ cursor })

/** One complaint about a compose file; line and column start at 1. */
export const composeProblem = z.object({
  line: z.int(),
  column: z.int(),
  severity: z.enum(['error', 'warning']),
  path: z.string(),
  message: z.string(),
})
export type ComposeProblem = z.infer<typeof composeProblem>
export const composeCheck = z.object({
  isValid: z.boolean(),
  problems: z.array(composeProblem),
  services: z.array(releaseService),
})

export const createReleaseBody = z.object({
  semver: z.string().max(60),
  /** 32-40 hexadecimal characters; made from the content when absent. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{32,40}$/, 'must be 32 to 40 lower-case hexadecimal characters')
    .optional(),
  composeYaml: z.string().min(1).max(262_144),
  notes: z.string().max(20_000).default(''),
  isDraft: z.boolean().default(false),
  deviceTypes: z.array(z.string().max(100)).max(100).default([]),
  /** By service name; what `docker manifest inspect` says of each image. */
  images: z.record(z.string(), imageInfo).default({}),
})
export const updateReleaseBody = z.object({
  notes: z.string().max(20_000).optional(),
  status: z.enum(['final', 'failed']).optional(),
  failureReason: z.string().max(1000).optional(),
})

export const releaseListQuery = z.object({
  fleetId: id.optional(),
  q: z.string().max(100).default(''),
  status: commaList(releaseStatus),
  ...pageQuery.shape,
})

const change = z.enum(['added', 'removed', 'changed', 'same'])
export const releaseComparison = z.object({
  from: releaseRow,
  to: releaseRow,
  services: z.array(
    z.object({
      name: z.string(),
      change,
      fromImage: z.string().nullable(),
      toImage: z.string().nullable(),
      /** Layers of `to` a device on `from` does not have; null when sizes were not declared. */
      missingBytes: z.number().nullable(),
      fullBytes: z.number().nullable(),
      differences: z.array(
        z.object({ field: z.string(), from: z.string().nullable(), to: z.string().nullable() }),
      ),
    }),
  ),
  missingBytes: z.number().nullable(),
  fullBytes: z.number().nullable(),
})
export type ReleaseComparison = z.infer<typeof releaseComparison>
