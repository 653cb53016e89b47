import type { Access, Role } from '#contract/role'
import { formatNoun } from '@/lib/format'
import { roleWords } from './role-words'

/** In a cell: `Viewer`, `Support in 2 fleets`, `Viewer, Support in 1 fleet`; `No role` where there is none. */
export function accessText({ everywhere, fleets }: Access): string {
  const counts = new Map<Role, number>()
  for (const { role } of fleets) counts.set(role, (counts.get(role) ?? 0) + 1)
  const parts = [
    ...(everywhere === null ? [] : [roleWords[everywhere].label]),
    ...[...counts].map(([role, count]) => `${roleWords[role].label} in ${formatNoun(count, 'fleet')}`),
  ]
  return parts.length === 0 ? 'No role' : parts.join(', ')
}
