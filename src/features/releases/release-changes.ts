import type { ReleaseComparison } from '#contract/release'

export type ServiceChangeKind = ReleaseComparison['services'][number]['change']

/** What changes comes first; what stays the same is least worth a look. */
export const changeOrder: ServiceChangeKind[] = ['changed', 'added', 'removed', 'same']

export function countChanges(
  services: readonly { change: ServiceChangeKind }[],
): Record<ServiceChangeKind, number> {
  const counts = { added: 0, removed: 0, changed: 0, same: 0 }
  for (const { change } of services) counts[change]++
  return counts
}
