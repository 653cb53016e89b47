import { z } from 'zod'
import { connectivity } from '#contract/device'
import { health } from '#contract/health'
import { commaList, queryBoolean } from '#contract/query'
import type { RolloutRequest } from './rollouts.queries'

const id = z.coerce.number().int().positive()
export const DEFAULT_SOAK_SECONDS = 30

/** A rollout that is being put together, held in the URL, so that a plan can be sent to a colleague as a link. */
export const rolloutPlanSearch = z.object({
  fleetId: id.optional(),
  releaseId: id.optional(),
  q: z.string().max(200).default(''),
  deviceType: commaList(z.string().max(100)),
  health: commaList(health),
  connectivity: commaList(connectivity),
  release: commaList(z.string().max(20)),
  tag: commaList(z.string().max(300)),
  maxUpdating: z.coerce.number().int().min(1).max(1_000_000).optional(),
  soak: z.coerce.number().int().min(0).max(604_800).default(DEFAULT_SOAK_SECONDS),
  pinned: queryBoolean.default(false),
})
export type RolloutPlanSearch = z.output<typeof rolloutPlanSearch>

export const noNarrowing = {
  q: '',
  deviceType: [],
  health: [],
  connectivity: [],
  release: [],
  tag: [],
} satisfies Partial<RolloutPlanSearch>

/** The part that says which devices; what is left out is not narrowed by. */
export const narrowingOf = ({ q, deviceType, health, connectivity, release, tag }: RolloutPlanSearch) => ({
  q: q.trim(),
  deviceType,
  health,
  connectivity,
  release,
  tag,
})

/** Whether the rollout is for a part of the fleet. Only a rollout for all of it moves the fleet's own target. */
export const isNarrowed = (search: RolloutPlanSearch): boolean =>
  Object.values(narrowingOf(search)).some((part) => part.length > 0)

/** What the gateway is asked for; null until there is a release to send. */
export function rolloutRequest(search: RolloutPlanSearch): RolloutRequest | null {
  if (search.releaseId === undefined) return null
  const { q, ...lists } = narrowingOf(search)
  return {
    releaseId: search.releaseId,
    ...(isNarrowed(search) ? { filter: { q, ...lists, reason: [], os: [], update: [] } } : {}),
    plan: {
      phases: [{ name: 'Everyone', percent: 100, soakSeconds: search.soak }],
      maxUpdating: search.maxUpdating ?? null,
      includesPinned: search.pinned,
    },
  }
}
