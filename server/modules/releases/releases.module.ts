import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import { valid } from 'semver'
import type { z } from 'zod'
import { isWithin } from '#contract/role'
import { routes } from '#contract/routes'
import type { ReleaseDetail, updateReleaseBody } from '#contract/release'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { latestRelease, recomputeTargets, releaseAssignments } from '../../platform/device-target.ts'
import type { Hub } from '../../platform/hub.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { compareReleases } from './compare.ts'
import { parseCompose, type ParsedCompose } from './compose.ts'
import { insertRelease, pageReleases, readRelease } from './releases.store.ts'

export type ReleaseDeps = {
  db: Kysely<Schema>
  now: () => Date
  hub: Hub
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
}
type Trx = Transaction<Schema>

async function existing(db: Kysely<Schema>, releaseId: number): Promise<ReleaseDetail> {
  const release = await readRelease(db, releaseId)
  if (!release) throw Problem.notFound('release', String(releaseId))
  return release
}

async function existingFleet(db: Kysely<Schema>, fleetId: number) {
  const fleet = await db.selectFrom('fleet').selectAll().where('id', '=', fleetId).executeTakeFirst()
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  return fleet
}

/** Fleets that track the latest release follow the newest final one; pinned fleets stay. */
async function followLatest(trx: Trx, fleetId: number, now: Date): Promise<Change[]> {
  const fleet = await trx
    .selectFrom('fleet')
    .select(['policy', 'target_release_id'])
    .where('id', '=', fleetId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  if (fleet.policy !== 'track-latest') return recomputeTargets(trx, { fleetId }, now)
  const latest = await latestRelease(trx, fleetId)
  if (latest !== fleet.target_release_id) {
    await trx.updateTable('fleet').set({ target_release_id: latest }).where('id', '=', fleetId).execute()
    await releaseAssignments(trx, { fleetId })
  }
  return [...(await recomputeTargets(trx, { fleetId }, now)), { kind: 'fleet', fleetId }]
}

async function checkSemver(
  db: Kysely<Schema> | Trx,
  fleetId: number,
  semver: string,
  exceptId = 0,
): Promise<void> {
  const taken = await db
    .selectFrom('release')
    .select('id')
    .where('fleet_id', '=', fleetId)
    .where('semver', '=', semver)
    .where('status', '=', 'final')
    .where('id', '<>', exceptId)
    .executeTakeFirst()
  if (taken)
    throw Problem.conflict('semver-taken', `This fleet has a final release ${semver}`, [
      { field: 'body.semver', reason: 'belongs to another final release of this fleet' },
    ])
}

function usable(compose: ParsedCompose): void {
  const errors = compose.problems.filter((problem) => problem.severity === 'error')
  if (errors.length === 0) return
  throw new Problem({
    status: 400,
    code: 'compose-invalid',
    title: 'The compose file cannot run on a device',
    detail: `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}, the first in line ${errors[0]?.line}: ${errors[0]?.message}`,
    errors: errors.map((error) => ({
      field: `body.composeYaml:${error.line}:${error.column}${error.path === '' ? '' : ` ${error.path}`}`,
      reason: error.message,
    })),
  })
}

export function releasesModule(deps: ReleaseDeps) {
  deps.hub.provide({
    kind: 'releases',
    minIntervalMs: 1_000,
    spansFleets: true,
    concerns: (topic, change, { within }) => {
      const isOne =
        change.kind === 'release' ||
        (change.kind === 'device' && (change.aspects.has('target') || change.aspects.has('report')))
      return (
        isOne &&
        isWithin(within, change.fleetId) &&
        (topic.fleetId === undefined || topic.fleetId === change.fleetId)
      )
    },
    build: () => Promise.resolve({ hasChanged: true }),
  })

  function registerReads(app: FastifyInstance): void {
    registerRoute(app, routes.listReleases, async ({ query, within }) => {
      const cursor = deps.hub.cursor
      const after = query.after === undefined ? null : Number(query.after)
      if (after !== null && !Number.isSafeInteger(after))
        throw Problem.invalid('query.after', 'is not a cursor of this list')
      return { cursor, ...(await pageReleases(deps.db, { ...query, after, within })) }
    })
    registerRoute(app, routes.compareReleases, async ({ query }) =>
      compareReleases(await existing(deps.db, query.from), await existing(deps.db, query.to)),
    )
    registerRoute(app, routes.getRelease, async ({ params }) => {
      const cursor = deps.hub.cursor
      return { ...(await existing(deps.db, params.releaseId)), cursor }
    })
    registerRoute(app, routes.checkCompose, async ({ params, body }) => {
      await existingFleet(deps.db, params.fleetId)
      const { problems, services } = parseCompose(body.composeYaml)
      return { isValid: !problems.some((problem) => problem.severity === 'error'), problems, services }
    })
  }

  return {
    register(app: FastifyInstance): void {
      registerReads(app)
      registerRoute(app, routes.createRelease, async ({ params, body, caller }) => {
        const fleet = await existingFleet(deps.db, params.fleetId)
        const semver = valid(body.semver)
        if (semver === null)
          throw Problem.invalid('body.semver', `"${body.semver}" is not a semantic version such as 2.4.0`)
        const compose = parseCompose(body.composeYaml, body.images)
        usable(compose)
        const unknown = await unknownType(deps.db, body.deviceTypes)
        if (unknown !== null)
          throw Problem.invalid('body.deviceTypes', `"${unknown}" is not a known device type`)
        const now = deps.now()
        const commit =
          body.commit ??
          createHash('sha256')
            .update(`${fleet.uuid}\n${semver}\n${now.toISOString()}\n${body.composeYaml}`)
            .digest('hex')
            .slice(0, 32)
        const { id, changes } = await deps.db.transaction().execute(async (trx) => {
          await trx.selectFrom('fleet').select('id').where('id', '=', fleet.id).forUpdate().executeTakeFirst()
          if (!body.isDraft) await checkSemver(trx, fleet.id, semver)
          const same = await trx
            .selectFrom('release')
            .select('id')
            .where('fleet_id', '=', fleet.id)
            .where('commit', '=', commit)
            .executeTakeFirst()
          if (same)
            throw Problem.conflict('commit-taken', `Release ${same.id} of this fleet has this commit`, [
              { field: 'body.commit', reason: 'belongs to another release' },
            ])
          const added = await insertRelease(trx, {
            ...body,
            fleetId: fleet.id,
            semver,
            commit,
            createdBy: caller.name,
            now,
            compose,
          })
          await deps.audit(trx, {
            actor: caller,
            action: 'release.create',
            subjectKind: 'release',
            subjectId: String(added),
            fleetId: fleet.id,
            summary: `Made ${body.isDraft ? 'the draft' : 'the release'} ${semver} of ${fleet.name}`,
          })
          return { id: added, changes: body.isDraft ? [] : await followLatest(trx, fleet.id, now) }
        })
        deps.publish([...changes, { kind: 'release', fleetId: fleet.id, releaseId: id }])
        return existing(deps.db, id)
      })
      registerRoute(app, routes.updateRelease, async ({ params, body, caller }) => {
        const { fleetId } = await existing(deps.db, params.releaseId)
        const changes = await deps.db.transaction().execute(async (trx) => {
          // In line with everything else that decides what this fleet runs.
          await trx.selectFrom('fleet').select('id').where('id', '=', fleetId).forUpdate().execute()
          return update(deps, trx, params.releaseId, body, caller)
        })
        deps.publish([...changes, { kind: 'release', fleetId, releaseId: params.releaseId }])
        return existing(deps.db, params.releaseId)
      })
    },
  }
}

/** Changes notes or state of a release; what it already is, it is not made again. */
async function update(
  deps: ReleaseDeps,
  trx: Trx,
  releaseId: number,
  body: z.output<typeof updateReleaseBody>,
  actor: Caller,
): Promise<Change[]> {
  const now = deps.now()
  const before = await readRelease(trx, releaseId)
  if (!before) throw Problem.notFound('release', String(releaseId))
  if (before.status === 'failed' && body.status === 'final')
    throw Problem.conflict('release-failed', 'A failed release stays failed; make a new one')
  const status = body.status === before.status ? undefined : body.status
  if (status === 'final') await checkSemver(trx, before.fleetId, before.semver, before.id)
  if (status === 'failed') await refuseIfTargeted(trx, before)
  await trx
    .updateTable('release')
    .set({
      notes: body.notes ?? before.notes,
      ...(status === undefined ? {} : { status }),
      ...(status === 'final' ? { finalised_at: now } : {}),
      ...(body.status === 'failed'
        ? { failure_reason: body.failureReason ?? before.failureReason ?? 'Marked failed' }
        : {}),
    })
    .where('id', '=', before.id)
    .execute()
  const hasNewNotes = body.notes !== undefined && body.notes !== before.notes
  const what = [
    ...(hasNewNotes ? ['Changed the notes of'] : []),
    ...(status === 'final' ? ['Finalised'] : status === 'failed' ? ['Marked as failed'] : []),
  ]
  if (what.length > 0)
    await deps.audit(trx, {
      actor,
      action: 'release.update',
      subjectKind: 'release',
      subjectId: String(before.id),
      fleetId: before.fleetId,
      summary: `${what.join('; ')} ${before.semver}`,
    })
  return status === undefined ? [] : followLatest(trx, before.fleetId, now)
}

async function unknownType(db: Kysely<Schema>, slugs: readonly string[]): Promise<string | null> {
  if (slugs.length === 0) return null
  const rows = await db
    .selectFrom('device_type')
    .select('slug')
    .where('slug', 'in', [...slugs])
    .execute()
  return slugs.find((slug) => !rows.some((row) => row.slug === slug)) ?? null
}

/** A failed release is never offered, so nothing may be pinned to it; a fleet that tracks the latest falls back. */
async function refuseIfTargeted(trx: Trx, release: ReleaseDetail): Promise<void> {
  const fleet = await trx
    .selectFrom('fleet')
    .select('id')
    .where('target_release_id', '=', release.id)
    .where('policy', '=', 'pinned')
    .executeTakeFirst()
  if (fleet)
    throw Problem.conflict(
      'release-in-use',
      `${release.fleetName} is pinned to ${release.semver}; point the fleet elsewhere first`,
    )
  const pinned = await trx
    .selectFrom('device')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('pinned_release_id', '=', release.id)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  if (pinned.count > 0)
    throw Problem.conflict(
      'release-in-use',
      `${pinned.count} ${pinned.count === 1 ? 'device is' : 'devices are'} pinned to ${release.semver}; unpin them first`,
    )
  const rollout = await trx
    .selectFrom('rollout')
    .select('id')
    .where('release_id', '=', release.id)
    .where('state', 'in', ['running', 'paused', 'rolling-back'])
    .executeTakeFirst()
  if (rollout)
    throw Problem.conflict(
      'release-in-use',
      `Rollout ${rollout.id} is sending ${release.semver}; abort it or roll it back first`,
    )
  // What ended rollouts assigned is no reason to go on offering it: these devices follow their fleet again.
  await trx
    .updateTable('device')
    .set({ assigned_release_id: null })
    .where('assigned_release_id', '=', release.id)
    .execute()
}
