import type { RolloutDetail } from '#contract/rollout'
import { formatNoun } from '@/lib/format'

/** The plan in a few words: for whom, how many at once, pinned or not. */
export function planWords({ plan, filter }: Pick<RolloutDetail, 'plan' | 'filter'>): string[] {
  return [
    filter === null ? 'whole fleet' : `part of the fleet: ${filterWords(filter)}`,
    plan.maxUpdating === null
      ? 'no limit at once'
      : `at most ${formatNoun(plan.maxUpdating, 'device')} at once`,
    ...(plan.includesPinned ? ['pinned devices included'] : []),
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
