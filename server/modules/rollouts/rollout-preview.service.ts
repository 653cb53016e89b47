import { PREVIEW_LIST_LIMIT, type PreviewDevice, type RolloutPreview } from '#contract/rollout'
import type { RolloutPlan } from '#contract/rollout-plan'
import { zoneOf } from './device-zone.rules.ts'
import { assignPhases, controlPhaseIndex, phaseCount, rolloutPosition } from './engine/phase-order.engine.ts'
import { resolvePlan } from './plan-templates.store.ts'
import { readByteNeeds, readKnownDuration } from './rollout-estimate.store.ts'
import { estimateDuration } from './rollout-estimate.rules.ts'
import type { Candidate } from './rollout-members.store.ts'
import { sentBy, type LeftOut, type Sent, type Split } from './rollout-split.rules.ts'
import { nameSent, readSplit } from './rollout-split.service.ts'
import { ownersOf, type CreateRollout, type Planned, type RolloutDeps } from './rollouts.service.ts'

/** Those that cannot run it, by device type and reason, most first. */
function countUnfit(unfit: readonly LeftOut[]): RolloutPreview['incompatible'] {
  const groups = new Map<string, RolloutPreview['incompatible'][number]>()
  for (const { candidate, reason } of unfit) {
    const key = JSON.stringify([candidate.deviceType, reason])
    const group = groups.get(key) ?? { deviceType: candidate.deviceType, count: 0, reason }
    groups.set(key, { ...group, count: group.count + 1 })
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

/** Bytes of the release by what a device runs; host OS images are not the gateway's, so their sizes are not known to it. */
const readNeeds = async (deps: RolloutDeps, sent: Sent, members: readonly Candidate[]) =>
  sent.kind === 'host-os'
    ? null
    : readByteNeeds(
        deps.db,
        sent.releaseId,
        members.map((member) => member.currentReleaseId),
      )

export async function previewRollout(
  deps: RolloutDeps,
  fleetId: number,
  asked: CreateRollout,
): Promise<RolloutPreview> {
  const body: Planned = { ...asked, plan: await resolvePlan(deps.db, fleetId, asked) }
  const sent = sentBy(body)
  await nameSent(deps.db, fleetId, sent)
  const split = await readSplit(deps, deps.db, fleetId, body)
  const { members } = split
  const offline = members.filter((member) => member.isOffline)
  const needs = await readNeeds(deps, sent, members)
  const phases = previewPhases(body.plan, split, needs?.bytesFrom ?? null)
  const unknownZones = body.plan.window === null ? [] : members.filter((member) => zoneOf(member).unknown)
  return {
    total: members.length + split.already.length + split.pinned.length + split.unfit.length,
    willUpdate: members.length,
    alreadyRunning: split.already.length,
    pinned: split.pinned.length,
    incompatible: countUnfit(split.unfit),
    offline: offline.length,
    estimatedBytes: needs && sum(phases.map((phase) => phase.estimatedBytes ?? 0)),
    fullBytes: needs && needs.fullBytes * members.length,
    conflict: ownersOf(members)[0] ?? null,
    phases,
    incompatibleDevices: listLeftOut(split.unfit, (one) => `${one.reason}, ${one.candidate.deviceType}`),
    offlineDevices: list(offline, (device) => heardOf(device)),
    pinnedDevices: listLeftOut(
      split.pinned,
      (one) => `Pinned to ${one.candidate.pinnedTo ?? 'another release'}`,
    ),
    unknownZones: unknownZones.length,
    unknownZoneDevices: list(unknownZones, (device) => zoneTrouble(device, body.plan)),
    estimate: estimateDuration(body.plan, phases, await readKnownDuration(deps.db, fleetId, sent.kind)),
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

/** The first devices by name, each with why it is listed. */
const list = (devices: readonly Candidate[], reasonOf: (device: Candidate) => string): PreviewDevice[] =>
  [...devices]
    .sort((a, b) => a.name.localeCompare(b.name) || a.deviceId - b.deviceId)
    .slice(0, PREVIEW_LIST_LIMIT)
    .map((device) => ({ uuid: device.uuid, name: device.name, reason: reasonOf(device) }))

const listLeftOut = (left: readonly LeftOut[], reasonOf: (one: LeftOut) => string): PreviewDevice[] => {
  const byId = new Map(left.map((one) => [one.candidate.deviceId, one]))
  return list(
    left.map((one) => one.candidate),
    (device) => {
      const one = byId.get(device.deviceId)
      return one ? reasonOf(one) : ''
    },
  )
}

function heardOf({ lastSeenAt }: Candidate): string {
  if (lastSeenAt === null) return 'Never heard so far'
  const [day = '', time = ''] = lastSeenAt.toISOString().split('T')
  return `Last heard on ${day} at ${time.slice(0, 5)} UTC`
}

function zoneTrouble(device: Candidate, { window }: RolloutPlan): string {
  const { unknown } = zoneOf(device)
  return `"${unknown?.value ?? ''}" in ${unknown?.from ?? ''} is not a known time zone; ${window?.timeZone ?? 'UTC'} is taken`
}

/** How the target set would fall into phases. The order differs at the start, since it hangs on the rollout's id. */
function previewPhases(
  plan: RolloutPlan,
  split: Split,
  bytesFrom: ReadonlyMap<number | null, number> | null,
): RolloutPreview['phases'] {
  const phaseOf = assignPhases(
    plan,
    split.members.map((member) => ({ ...member, position: rolloutPosition(0, member.uuid) })),
  )
  const phases = Array.from({ length: phaseCount(plan) }, (_, index) => {
    const isControl = index === controlPhaseIndex(plan)
    const name = isControl ? 'Control group' : (plan.phases[index]?.name ?? '')
    return { name, isControl, devices: 0, offline: 0, estimatedBytes: bytesFrom && 0 }
  })
  for (const member of split.members) {
    const phase = phases[phaseOf.get(member.deviceId) ?? 0]
    if (!phase) continue
    phase.devices++
    if (member.isOffline) phase.offline++
    if (bytesFrom && phase.estimatedBytes !== null)
      phase.estimatedBytes += bytesFrom.get(member.currentReleaseId) ?? 0
  }
  return phases
}
