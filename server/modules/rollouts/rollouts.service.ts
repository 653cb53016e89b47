import type { Kysely, RawBuilder, Transaction } from 'kysely'
import type { DeviceFilter } from '#contract/device'
import type { z } from 'zod'
import type { RolloutPlan } from '#contract/rollout-plan'
import type { createRolloutBody, RolloutDetail } from '#contract/rollout'
import type { WebhookEvent } from '#contract/webhook'
import type { Claim } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { insertMembers, type Candidate } from './rollout-members.store.ts'
import { assignPhases, controlPhaseIndex, phaseCount, rolloutPosition } from './engine/phase-order.engine.ts'
import { fresh, isAway, type MemberRecord, type Observation } from './engine/member.engine.ts'
import { emptyTally, marksOf, tallyOf } from './engine/tally.engine.ts'
import type { PhaseStanding } from './engine/situation.engine.ts'
import { writePhases } from './rollout-phases.store.ts'
import { resolvePlan } from './plan-templates.store.ts'
import { zoneOf } from './device-zone.rules.ts'
import { sentBy, type LeftOut, type Sent, type Split } from './rollout-split.rules.ts'
import { nameSent, readSplit } from './rollout-split.service.ts'
import { readRollout } from './rollouts.store.ts'

/** `userId`: of a signed-in person, null for tokens and the gateway itself; `claim`: of the request, for the audit log. */
export type Actor = {
  name: string
  kind: 'user' | 'api-token' | 'system'
  userId: number | null
  claim?: Claim | undefined
}
export type CreateRollout = z.output<typeof createRolloutBody>
export type Planned = CreateRollout & { plan: RolloutPlan }
export type Trx = Transaction<Schema>

export type RolloutDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  /** Condition over the table alias `d` for a device filter; from the devices module. */
  matchDevices: (filter: DeviceFilter) => RawBuilder<boolean>
  audit: (
    trx: Trx,
    entry: {
      actor: Actor
      action: string
      subjectKind: string
      subjectId: string
      fleetId: number
      summary: string
      data?: Record<string, unknown>
    },
  ) => Promise<void>
  /**
   * Tells whoever asked to hear about rollouts, in the transaction of what is told. Answers what has to be published after
   * the commit.
   */
  notify: (
    trx: Trx,
    news: { event: WebhookEvent; rolloutId: number; summary: string; actor: Actor; state: string },
  ) => Promise<readonly Change[]>
  /** Asks the runner for a step of this rollout now. */
  wake: (rolloutId: number) => void
}

export const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

type Owner = { rolloutId: number; devices: number }

/** Other rollouts that own devices of this one, most devices first. */
export function ownersOf(members: readonly Candidate[]): Owner[] {
  const counts = new Map<number, number>()
  for (const { ownedByRollout: owner } of members)
    if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  return [...counts]
    .map(([rolloutId, devices]) => ({ rolloutId, devices }))
    .sort((a, b) => b.devices - a.devices || a.rolloutId - b.rolloutId)
}

/** Only one rollout at a time owns a device: throws a 409 problem that names the others and how many each owns. */
export function refuseOwned(owners: readonly Owner[]): void {
  if (owners.length === 0) return
  const [first, ...others] = owners.map(
    (owner) => `rollout ${owner.rolloutId} still owns ${plural(owner.devices, 'device')}`,
  )
  const sentence = [`R${(first ?? '').slice(1)}`, ...others].join(', ')
  throw Problem.conflict(
    'rollout-conflict',
    `${sentence} of these; let it end, abort it or roll it back first`,
  )
}

/** What is known of a device before it is a member. */
export const observed = (candidate: Candidate): Observation => ({
  isGone: false,
  connectivity: candidate.connectivity,
  offlineSinceMs: isAway(candidate.connectivity) ? (candidate.connectivityChangedAt?.getTime() ?? 0) : null,
  heardAtMs: null,
  progress: 'none',
  percent: null,
  evidence: null,
  isTargetOurs: false,
  isHeld: false,
  isBack: false,
  wayBack: 'none',
  // What a device shows already is not new since the rollout began.
  troubles: [],
})

/** Every device of the rollout with its phase, its place and as what it counts at first. */
export function planMembers(rolloutId: number, plan: RolloutPlan, split: Split, startedAtMs: number) {
  const placed = split.members.map((member) => ({
    ...member,
    position: rolloutPosition(rolloutId, member.uuid),
  }))
  const phaseOf = assignPhases(plan, placed)
  const member = (candidate: Candidate, phaseIndex: number, record: MemberRecord) => ({
    deviceId: candidate.deviceId,
    deviceType: candidate.deviceType,
    position: rolloutPosition(rolloutId, candidate.uuid),
    phaseIndex,
    timeZone: zoneOf(candidate).zone,
    record,
    marks: marksOf(record, null, observed(candidate), startedAtMs),
  })
  const skipped = (left: readonly LeftOut[]) =>
    left.map(({ candidate, reason }) =>
      member(candidate, plan.phases.length - 1, fresh('skipped', { reason })),
    )
  return [
    ...placed.map((candidate) =>
      // The first step looks at every device, and an offline one learns then until when it is owed.
      member(
        candidate,
        phaseOf.get(candidate.deviceId) ?? 0,
        fresh(candidate.isOffline ? 'offline' : 'waiting'),
      ),
    ),
    ...skipped(split.pinned),
    ...skipped(split.unfit),
    ...skipped(split.already),
  ]
}

const pendingPhases = (plan: RolloutPlan, members: ReturnType<typeof planMembers>): PhaseStanding[] =>
  Array.from({ length: phaseCount(plan) }, (_, index) => ({
    index,
    state: 'pending',
    isControl: index === controlPhaseIndex(plan),
    openedAtMs: null,
    passedAtMs: null,
    isApproved: false,
    isSkipped: false,
    accepted: [],
    tally: { ...emptyTally(), ...tallyOf(members.filter((member) => member.phaseIndex === index)) },
  }))

/** The fleet row, locked: two operators who start or end rollouts of one fleet are put in line. */
export async function lockFleet(trx: Trx, fleetId: number) {
  const fleet = await trx
    .selectFrom('fleet')
    .selectAll()
    .where('id', '=', fleetId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  return fleet
}

const nobody: Record<Sent['kind'], string> = {
  release: 'No device would be updated: all of them run this release, are pinned or cannot run it',
  'host-os':
    'No device would be updated: all of them run this host OS version or a newer one, or cannot run it',
}

export async function createRollout(
  deps: RolloutDeps,
  fleetId: number,
  asked: CreateRollout,
  actor: Actor,
): Promise<RolloutDetail> {
  const body: Planned = { ...asked, plan: await resolvePlan(deps.db, fleetId, asked) }
  const now = deps.now()
  const changes: Change[] = []
  // A filter that narrows nothing means the whole fleet, which then follows the release too.
  const filter = body.filter !== undefined && narrows(body.filter) ? body.filter : null
  const rolloutId = await deps.db.transaction().execute(async (trx) => {
    const fleet = await lockFleet(trx, fleetId)
    const sent = sentBy(body)
    const name = await nameSent(trx, fleetId, sent)
    const split = await readSplit(deps, trx, fleetId, body)
    refuseOwned(ownersOf(split.members))
    if (split.members.length === 0) {
      throw Problem.conflict('nothing-to-update', nobody[sent.kind])
    }
    const { id } = await trx
      .insertInto('rollout')
      .values({
        fleet_id: fleetId,
        release_id: sent.kind === 'release' ? sent.releaseId : null,
        os_version: sent.kind === 'host-os' ? sent.osVersion : null,
        state: 'running',
        plan: JSON.stringify(body.plan),
        filter: filter === null ? null : JSON.stringify(filter),
        note: body.note,
        previous_policy: fleet.policy,
        previous_target_release_id: fleet.target_release_id,
        created_by: actor.name,
        created_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const members = planMembers(id, body.plan, split, now.getTime())
    await insertMembers(trx, id, members)
    await writePhases(trx, id, pendingPhases(body.plan, members))
    const summary = `Started rollout ${id}: ${name} to ${plural(split.members.length, 'device')} of ${fleet.name}`
    await deps.audit(trx, {
      actor,
      action: 'rollout.start',
      subjectKind: 'rollout',
      subjectId: String(id),
      fleetId,
      summary,
    })
    changes.push(
      ...(await deps.notify(trx, {
        event: 'rollout.started',
        rolloutId: id,
        summary,
        actor,
        state: 'running',
      })),
    )
    changes.push({ kind: 'rollout', rolloutId: id, fleetId, deviceIds: [] }, { kind: 'fleet', fleetId })
    return id
  })
  deps.publish(changes)
  deps.wake(rolloutId)
  return readExisting(deps, rolloutId)
}

/** Whether a filter leaves out anything of a fleet. */
const narrows = ({ fleetId: _fleetId, ...filter }: DeviceFilter) =>
  Object.values(filter).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '',
  )

/** The rollout, or 404. */
export async function readExisting(deps: Pick<RolloutDeps, 'db'>, rolloutId: number): Promise<RolloutDetail> {
  const rollout = await readRollout(deps.db, rolloutId)
  if (!rollout) throw Problem.notFound('rollout', String(rolloutId))
  return rollout
}
