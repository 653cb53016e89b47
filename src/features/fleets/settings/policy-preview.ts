import type { DeviceFacets } from '#contract/device'
import type { FleetPolicy } from '#contract/fleet'
import type { ReleaseRow } from '#contract/release'

export type ReleaseChoice = Pick<ReleaseRow, 'id' | 'semver' | 'status'>

/** The release a policy leads to; null when the fleet has no final one. `releases` come newest first. */
export function releaseOf(policy: FleetPolicy, releases: readonly ReleaseChoice[]): ReleaseChoice | null {
  const found =
    policy.kind === 'pinned'
      ? releases.find((release) => release.id === policy.releaseId)
      : releases.find((release) => release.status === 'final')
  return found ?? null
}

export type PolicyPreview = {
  /** Devices that follow the fleet and do not run the release yet. */
  moving: number
  alreadyThere: number
  /** Of all that follow the fleet: cannot be heard now, and move when they come back. */
  silent: number
}

/** From the counts of the devices that follow the fleet (that are not pinned themselves). */
export function previewPolicy(followers: DeviceFacets, releaseId: number | null): PolicyPreview {
  const total = followers.connectivity.reduce((sum, part) => sum + part.count, 0)
  const alreadyThere =
    followers.release.find((part) => part.value === (releaseId === null ? 'none' : String(releaseId)))
      ?.count ?? 0
  const silent = followers.connectivity
    .filter((part) => part.value === 'offline' || part.value === 'never')
    .reduce((sum, part) => sum + part.count, 0)
  return { moving: total - alreadyThere, alreadyThere, silent }
}
