import { z } from 'zod'
import { commaList, id, instant, pageQuery } from './query.ts'

export const actorKinds = ['user', 'api-token', 'device', 'system'] as const

export const auditEntry = z.object({
  id,
  at: instant,
  actor: z.string(),
  actorKind: z.enum(actorKinds),
  /** The address the change was asked from; empty where the gateway itself made it, or before addresses were kept. */
  address: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  summary: z.string(),
  fleetId: id.nullable(),
  /** What else was kept of the change, such as its reason, or figures before and after it; never a secret. */
  data: z.record(z.string(), z.unknown()),
})
export type AuditEntry = z.infer<typeof auditEntry>

/** `q`: in who, what or action. Times: from and to both included. */
export const auditFilter = z.object({
  q: z.string().max(100).default(''),
  actorKind: commaList(z.enum(actorKinds)),
  fleetId: id.optional(),
  from: instant.optional(),
  to: instant.optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>
export const auditQuery = auditFilter.extend(pageQuery.shape)
export const auditExportQuery = auditFilter.extend({ format: z.enum(['csv', 'ndjson']).default('csv') })

/**
 * Whether the log is as it was written. Each entry is sealed a moment after it was stored: its seal is the SHA-256 of the seal
 * before and of the entry, so that an entry that was changed, taken out or put in between shows. What a seal cannot show is
 * that the newest entries were taken away together with their seals: keep `head` elsewhere and compare.
 */
export const auditCheck = z.object({
  isWhole: z.boolean(),
  sealed: z.int().nonnegative(),
  /** Stored and not sealed yet; the job seals them within seconds. */
  waiting: z.int().nonnegative(),
  head: z.object({ position: z.int().positive(), hash: z.string() }).nullable(),
  /** The first of them. */
  faults: z.array(z.object({ position: z.int().nullable(), entryId: id.nullable(), what: z.string() })),
})
export type AuditCheck = z.infer<typeof auditCheck>
