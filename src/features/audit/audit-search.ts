import { z } from 'zod'
import { actorKinds, type AuditFilter } from '#contract/audit'
import { commaList } from '#contract/query'

export const spans = {
  all: 'Any time',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
} as const
type Span = keyof typeof spans
const spanMs: Record<Exclude<Span, 'all'>, number> = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
}
const names = ['all', '1h', '24h', '7d', '30d'] as const satisfies readonly Span[]

/** What narrows the audit log, as it stands in the address. */
export const auditSearch = z.object({
  q: z.string().max(100).default(''),
  actorKind: commaList(z.enum(actorKinds)),
  fleetId: z.coerce.number().int().positive().optional(),
  span: z.enum(names).default('all'),
})
export type AuditSearch = z.output<typeof auditSearch>

export const isSpan = (text: string): text is Span => names.some((name) => name === text)
export const isNarrowed = ({ q, actorKind, fleetId, span }: AuditSearch) =>
  q !== '' || actorKind.length > 0 || fleetId !== undefined || span !== 'all'

/** What the gateway is asked, up to `nowMs`. */
export const filterOf = (
  { q, actorKind, fleetId, span }: AuditSearch,
  nowMs: number,
): Partial<AuditFilter> => ({
  q,
  actorKind,
  ...(fleetId === undefined ? {} : { fleetId }),
  ...(span === 'all' ? {} : { from: new Date(nowMs - spanMs[span]).toISOString() }),
})
