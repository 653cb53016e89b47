import { compareOsVersions, osVersionIn } from '#contract/host-os'
import type { RolloutPlan } from '#contract/rollout-plan'
import type { Candidate } from './rollout-members.store.ts'

/** What a rollout sends. */
export type Sent = { kind: 'release'; releaseId: number } | { kind: 'host-os'; osVersion: string }

/** Of a row or a request that names exactly one of the two. */
export function sentBy(named: {
  releaseId?: number | null | undefined
  osVersion?: string | null | undefined
}): Sent {
  if (typeof named.releaseId === 'number') return { kind: 'release', releaseId: named.releaseId }
  if (typeof named.osVersion === 'string') return { kind: 'host-os', osVersion: named.osVersion }
  throw new Error('a rollout sends a release or a host OS version')
}

/** Whether a device takes part; one that does not, says why. */
type Standing = { kind: 'member' } | { kind: 'already' | 'pinned' | 'unfit'; reason: string }
const member: Standing = { kind: 'member' }

/** Not the incompatible, not those that run it already, pinned ones only when the plan says so. */
export const standsForRelease =
  (releaseId: number, plan: Pick<RolloutPlan, 'includesPinned' | 'pinnedDevices'>) =>
  (candidate: Candidate): Standing => {
    if (!candidate.fits) return { kind: 'unfit', reason: 'The release has no images for this device type' }
    if (candidate.currentReleaseId === releaseId && candidate.targetReleaseId === releaseId)
      return { kind: 'already', reason: 'Runs this release already' }
    if (candidate.isPinned && !plan.includesPinned && !plan.pinnedDevices.includes(candidate.uuid))
      return {
        kind: 'pinned',
        reason: 'Pinned to another release; the plan does not include it',
      }
    return member
  }

/**
 * A host OS is never downgraded, and not sent to a device of which it is not known what it runs. `typesWithIt`: device
 * types for which the version is known; empty: it is known for none, and then no type is left out for it. A pin is about
 * releases, so it keeps no device from a host OS.
 */
export const standsForOs =
  (version: string, typesWithIt: ReadonlySet<string>) =>
  (candidate: Candidate): Standing => {
    const running = osVersionIn(candidate.osVersion)
    if (running === null) return { kind: 'unfit', reason: 'It has not told which host OS it runs' }
    if (running === version) return { kind: 'already', reason: `Runs host OS ${version} already` }
    if (compareOsVersions(running, version) > 0)
      return {
        kind: 'already',
        reason: `Already runs the newer host OS ${running}; a host OS is not downgraded`,
      }
    if (typesWithIt.size > 0 && !typesWithIt.has(candidate.deviceType))
      return { kind: 'unfit', reason: `There is no host OS ${version} for this device type` }
    return member
  }

/** A device that takes no part, and why. */
export type LeftOut = { candidate: Candidate; reason: string }
export type Split = { members: Candidate[]; already: LeftOut[]; pinned: LeftOut[]; unfit: LeftOut[] }

export function splitCandidates(
  candidates: readonly Candidate[],
  standing: (candidate: Candidate) => Standing,
): Split {
  const split: Split = { members: [], already: [], pinned: [], unfit: [] }
  for (const candidate of candidates) {
    const stands = standing(candidate)
    if (stands.kind === 'member') split.members.push(candidate)
    else split[stands.kind].push({ candidate, reason: stands.reason })
  }
  return split
}
