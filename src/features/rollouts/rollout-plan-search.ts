import { z } from 'zod'
import { connectivity } from '#contract/device'
import { health } from '#contract/health'
import { osVersion } from '#contract/host-os'
import { commaList } from '#contract/query'
import { rolloutPlan, type RolloutPlan } from '#contract/rollout-plan'
import type { RolloutRequest } from './rollouts.queries'

const id = z.coerce.number().int().positive()
export const DEFAULT_TEMPLATE = 'Standard'

/** A rollout that is being put together, held in the URL, so that a plan can be sent to a colleague as a link. */
export const rolloutPlanSearch = z.object({
  fleetId: id.optional(),
  /** What is sent, and then which. */
  what: z.enum(['release', 'host-os']).default('release'),
  releaseId: id.optional(),
  osVersion: z.string().max(60).default(''),
  q: z.string().max(200).default(''),
  deviceType: commaList(z.string().max(100)),
  health: commaList(health),
  connectivity: commaList(connectivity),
  release: commaList(z.string().max(20)),
  tag: commaList(z.string().max(300)),
  template: z.string().max(60).default(DEFAULT_TEMPLATE),
  /** A plan of its own as JSON; it goes before the template. */
  plan: z.string().max(12_000).default(''),
  /** Why the rollout is made. */
  note: z.string().max(2000).default(''),
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

function sentBy({ what, releaseId, osVersion: version }: RolloutPlanSearch) {
  if (what === 'release') return releaseId === undefined ? null : { releaseId }
  return osVersion.safeParse(version).success ? { osVersion: version.trim() } : null
}

/** What the gateway is asked for; null until there is something to send. */
export function rolloutRequest(search: RolloutPlanSearch): RolloutRequest | null {
  const sent = sentBy(search)
  if (sent === null) return null
  const { q, ...lists } = narrowingOf(search)
  const plan = customPlan(search)
  return {
    ...sent,
    ...(isNarrowed(search) ? { filter: { q, ...lists, reason: [], os: [], update: [] } } : {}),
    ...(plan === null ? { template: search.template } : { plan }),
  }
}

/** The plan that was put together by hand; null where there is none, or where the address was mangled. */
export function customPlan(search: Pick<RolloutPlanSearch, 'plan'>): RolloutPlan | null {
  if (search.plan === '') return null
  try {
    return rolloutPlan.safeParse(JSON.parse(search.plan)).data ?? null
  } catch {
    return null
  }
}
