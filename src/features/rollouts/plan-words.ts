import type { RolloutDetail } from '#contract/rollout'
import type { RolloutPhase } from '#contract/rollout-plan'
import { formatNoun } from '@/lib/format'

/** How far a phase reaches: `25 %`, `50 devices`, `tag ring:canary`. */
export function reachWords({ reach }: Pick<RolloutPhase, 'reach'>): string {
  if (reach.kind === 'percent') return `${reach.percent} %`
  if (reach.kind === 'count') return formatNoun(reach.count, 'device')
  return `tag ${reach.key}${reach.value === null ? '' : `:${reach.value}`}`
}

/** The plan in a few words: for whom, how many at once, pinned or not. */
export function planWords({ plan, filter }: Pick<RolloutDetail, 'plan' | 'filter'>): string[] {
  return [
    filter === null ? 'whole fleet' : `part of the fleet: ${filterWords(filter)}`,
    plan.maxUpdating === null
      ? 'no limit at once'
      : `at most ${formatNoun(plan.maxUpdating, 'device')} at once`,
    ...(plan.startsPerMinute === null ? [] : [`at most ${plan.startsPerMinute} a minute`]),
    ...(plan.window === null ? [] : [`from ${plan.window.from} to ${plan.window.to} in device time`]),
    ...(plan.includesPinned
      ? ['pinned devices included']
      : plan.pinnedDevices.length > 0
        ? [`${formatNoun(plan.pinnedDevices.length, 'pinned device')} included by name`]
        : []),
    ...(plan.newcomers === 'ignore' ? ['devices that join meanwhile are left out'] : []),
  ]
}

const parts = {
  deviceType: 'type',
  health: 'health',
  connectivity: 'connectivity',
  reason: 'reason',
  release: 'running release',
  os: 'host OS',
  update: 'update',
  tag: 'tag',
} as const

function filterWords(filter: NonNullable<RolloutDetail['filter']>): string {
  const lists = (Object.keys(parts) as (keyof typeof parts)[])
    .filter((part) => filter[part].length > 0)
    .map((part) => `${parts[part]} ${filter[part].join(' or ')}`)
  return [
    ...(filter.q === '' ? [] : [`matching “${filter.q}”`]),
    ...lists,
    ...(filter.pinned === undefined ? [] : [filter.pinned ? 'pinned' : 'not pinned']),
  ].join(', ')
}
