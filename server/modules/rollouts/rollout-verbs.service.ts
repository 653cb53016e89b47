import { sql } from 'kysely'
import type { z } from 'zod'
import type { RolloutDetail, RolloutVerb, rolloutVerbAnswer } from '#contract/rollout'
import { roleAllows, type Role } from '#contract/session'
import type { WebhookEvent } from '#contract/webhook'
import type { Change } from '../../platform/changes.ts'
import { lockDevices, recomputeTargets } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { judgeOpenPhase } from './engine/phases.engine.ts'
import { hasFallen, retryFailed } from './engine/verbs.engine.ts'
import { askForStep } from './rollout-due.store.ts'
import { restoreFleet } from './rollout-fleet.service.ts'
import { readMembers } from './rollout-members.store.ts'
import { readOwners } from './rollout-targets.store.ts'
import { markPause } from './rollout-pauses.store.ts'
import {
  readPhases,
  readSituation,
  writePhases,
  writeVerdict,
  type StoredRollout,
} from './rollout-phases.store.ts'
import { rollBack, storeStep } from './rollout-step.service.ts'
import {
  lockFleet,
  readExisting,
  refuseOwned,
  type Actor,
  type RolloutDeps,
  type Trx,
} from './rollouts.service.ts'

const allowed: Record<RolloutVerb, readonly RolloutDetail['state'][]> = {
  pause: ['running'],
  resume: ['paused'],
  approve: ['running', 'paused'],
  'skip-phase': ['running', 'paused'],
  abort: ['running', 'paused'],
  'retry-failed': ['running', 'paused', 'completed'],
  'roll-back': ['running', 'paused', 'completed', 'aborted'],
}
/** The state in which the verb has already had its effect: a second click changes nothing. */
const already: Record<RolloutVerb, readonly RolloutDetail['state'][]> = {
  pause: ['paused'],
  resume: ['running'],
  approve: [],
  'skip-phase': [],
  abort: ['aborted'],
  'retry-failed': [],
  'roll-back': ['rolling-back', 'rolled-back'],
}
const done: Record<RolloutVerb, string> = {
  pause: 'Paused',
  resume: 'Resumed',
  approve: 'Approved the next phase of',
  'skip-phase': 'Skipped the gate of the open phase of',
  abort: 'Aborted',
  'retry-failed': 'Retried the failed devices of',
  'roll-back': 'Began to roll back',
}

const stateAfter = {
  pause: 'paused',
  resume: 'running',
  abort: 'aborted',
  'roll-back': 'rolling-back',
} as const

/** What webhooks are told of a verb. */
const toldBy: Partial<Record<RolloutVerb, { event: WebhookEvent; state: RolloutDetail['state'] }>> = {
  pause: { event: 'rollout.paused', state: 'paused' },
  resume: { event: 'rollout.resumed', state: 'running' },
  abort: { event: 'rollout.aborted', state: 'aborted' },
  'roll-back': { event: 'rollout.rolling-back', state: 'rolling-back' },
}

/** Applies a verb once; a repeat answers the same state without a second effect. */
export async function actOnRollout(
  deps: RolloutDeps,
  rolloutId: number,
  verb: RolloutVerb,
  reason: string,
  actor: Actor & { role: Role },
): Promise<z.infer<typeof rolloutVerbAnswer>> {
  const now = deps.now()
  const changes = await deps.db.transaction().execute(async (trx): Promise<Change[]> => {
    const rollout = await trx
      .selectFrom('rollout')
      .selectAll()
      .where('id', '=', rolloutId)
      .forUpdate()
      .executeTakeFirst()
    if (!rollout) throw Problem.notFound('rollout', String(rolloutId))
    if (already[verb].includes(rollout.state)) return []
    if (!allowed[verb].includes(rollout.state)) {
      throw Problem.conflict(
        'rollout-state',
        `Rollout ${rolloutId} is ${rollout.state}; "${verb}" is possible while it is ${allowed[verb].join(' or ')}`,
      )
    }
    await lockFleet(trx, rollout.fleet_id)
    if (verb === 'retry-failed' || verb === 'roll-back')
      refuseOwned(await readOwners(trx, rolloutId, verb === 'retry-failed' ? 'failed' : 'touched'))
    if (verb === 'skip-phase' && reason.trim() === '')
      throw Problem.invalid('body.reason', 'must say why the gate is skipped')
    if (verb === 'abort' || verb === 'roll-back') await keepOpenVerdict(trx, rollout)
    const targets = await applyVerb(deps, trx, rollout, verb, actor.role, now)
    if (targets === null) return []
    await askForStep(trx, rolloutId)
    if (verb !== 'retry-failed' && verb !== 'approve' && verb !== 'skip-phase')
      await markPause(trx, rolloutId, stateAfter[verb], { actor: actor.name, reason }, now)
    const summary = `${done[verb]} rollout ${rolloutId}${reason === '' ? '' : `: ${reason}`}`
    await deps.audit(trx, {
      actor,
      action: `rollout.${verb}`,
      subjectKind: 'rollout',
      subjectId: String(rolloutId),
      fleetId: rollout.fleet_id,
      summary,
      data: { reason, from: rollout.state },
    })
    const told = toldBy[verb]
    const heard = told ? await deps.notify(trx, { ...told, rolloutId, summary, actor }) : []
    return [
      ...targets,
      ...heard,
      { kind: 'rollout', rolloutId, fleetId: rollout.fleet_id, deviceIds: [] },
      { kind: 'fleet', fleetId: rollout.fleet_id },
    ]
  })
  deps.publish(changes)
  deps.wake(rolloutId)
  return { ...(await readExisting(deps, rolloutId)), hadEffect: changes.length > 0 }
}

/** Null: it has had its effect already. */
async function applyVerb(
  deps: RolloutDeps,
  trx: Trx,
  rollout: StoredRollout,
  verb: RolloutVerb,
  role: Role,
  now: Date,
): Promise<Change[] | null> {
  const setState = (state: RolloutDetail['state'], finishedAt: Date | null) =>
    trx.updateTable('rollout').set({ state, finished_at: finishedAt }).where('id', '=', rollout.id).execute()
  switch (verb) {
    case 'pause':
      await setState('paused', null)
      return []
    case 'resume':
      return resume(trx, rollout)
    case 'approve':
      return approve(trx, rollout, role)
    case 'skip-phase':
      return skipPhase(trx, rollout)
    case 'abort':
      await setState('aborted', now)
      if (rollout.release_id === null) return []
      await restoreFleet(trx, rollout)
      return recomputeTargets(trx, { fleetId: rollout.fleet_id }, now)
    case 'retry-failed': {
      const situation = await readSituation(trx, rollout)
      const members = await readMembers(trx, rollout.id, { kind: 'all' })
      const failed = members.filter(hasFallen).map((one) => one.deviceId)
      if (failed.length === 0) return null
      await lockDevices(trx, failed)
      // What made it fail was said before: only what the device says from here on counts.
      await sql`
        update device set update_state = 'waiting', update_percent = null, update_progress_at = ${now}
        where id = any(${failed}::bigint[]) and update_state in ('rejected', 'aborted')`.execute(trx)
      await setState(rollout.state === 'completed' ? 'running' : rollout.state, null)
      const step = retryFailed(situation, members, now.getTime())
      return storeStep(deps, trx, rollout, situation, step, now)
    }
    case 'roll-back':
      await setState('rolling-back', null)
      return rollBack(deps, trx, { ...rollout, state: 'rolling-back' }, now)
  }
}

/** Whoever resumes after a trip has seen it: what trips now is accepted in the open phase. */
async function resume(trx: Trx, rollout: StoredRollout): Promise<Change[]> {
  const before = await readPhases(trx, rollout.id)
  const open = before.findLast((phase) => phase.state === 'open')
  if (open && rollout.halt_reason !== null) {
    const judged = judgeOpenPhase({ ...(await readSituation(trx, rollout)), phases: before })
    const accepted = [
      ...new Set([...open.accepted, ...judged.flatMap((one) => (one.verdict === 'trip' ? [one.code] : []))]),
    ]
    // A phase that was late trips nothing; accepting `success` lets it take the time it needs.
    if (accepted.length === open.accepted.length) accepted.push('success')
    await writePhases(trx, rollout.id, [{ ...open, accepted }], before)
  }
  await trx
    .updateTable('rollout')
    .set({ state: 'running', finished_at: null, halt_reason: null })
    .where('id', '=', rollout.id)
    .execute()
  return []
}

/** The figures of the gate that is left behind, from before the devices are set on their way back. */
async function keepOpenVerdict(trx: Trx, rollout: StoredRollout): Promise<void> {
  if (rollout.state !== 'running' && rollout.state !== 'paused') return
  const situation = await readSituation(trx, rollout)
  const open = situation.phases.findLast((phase) => phase.state === 'open')
  if (open) await writeVerdict(trx, rollout.id, open.index, judgeOpenPhase(situation))
}

async function approve(trx: Trx, rollout: StoredRollout, role: Role): Promise<Change[] | null> {
  const before = await readPhases(trx, rollout.id)
  const waiting = before.find((phase) => phase.state === 'awaiting-approval')
  if (!waiting)
    throw Problem.conflict('nothing-to-approve', `No phase of rollout ${rollout.id} waits for approval`)
  const planned = rollout.plan.phases[waiting.index]
  const approver = planned?.approver ?? 'release-manager'
  if (!roleAllows(role, approver))
    throw Problem.forbidden(
      `Phase "${planned?.name ?? waiting.index + 1}" of rollout ${rollout.id} is approved by an administrator; your role is ${role}`,
    )
  if (waiting.isApproved) return null
  await writePhases(trx, rollout.id, [{ ...waiting, isApproved: true }], before)
  return []
}

async function skipPhase(trx: Trx, rollout: StoredRollout): Promise<Change[] | null> {
  const before = await readPhases(trx, rollout.id)
  const open = before.findLast((phase) => phase.state === 'open')
  if (!open) throw Problem.conflict('nothing-to-skip', `No phase of rollout ${rollout.id} is open`)
  if (open.isSkipped) return null
  await writePhases(trx, rollout.id, [{ ...open, isSkipped: true }], before)
  return []
}
