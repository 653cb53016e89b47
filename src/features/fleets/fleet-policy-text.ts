import type { FleetSummary } from '#contract/fleet'

/** Which release the devices of a fleet should run, in words. */
export function policyText(fleet: Pick<FleetSummary, 'policy' | 'targetRelease'>): string {
  const how = fleet.policy.kind === 'track-latest' ? 'Tracks latest' : 'Pinned'
  return fleet.targetRelease ? `${how}: ${fleet.targetRelease.semver}` : `${how}, no final release yet`
}
