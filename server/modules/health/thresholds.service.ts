import { sql, type Kysely } from 'kysely'
import {
  healthLimits,
  healthThresholds,
  limitPairs,
  type FleetThresholds,
  type HealthThresholds,
} from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import type { Caller } from '../../platform/register-route.ts'
import type { HealthDeps } from './health-deps.ts'

const defaults = healthThresholds.parse({})

export async function readFleetLimits(
  db: Kysely<Schema>,
  fleetId: number,
): Promise<{ name: string; own: Partial<HealthThresholds>; limits: HealthThresholds }> {
  const fleet = await db
    .selectFrom('fleet')
    .select(['health_thresholds', 'name'])
    .where('id', '=', fleetId)
    .executeTakeFirst()
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  const own = fleet.health_thresholds
  return { name: fleet.name, own, limits: healthThresholds.parse(own) }
}

const CHANGE = 'fleet.thresholds'

/** The limits that hold for a fleet, and who changed them last. */
export async function fleetThresholdsOf(db: Kysely<Schema>, fleetId: number): Promise<FleetThresholds> {
  const { limits } = await readFleetLimits(db, fleetId)
  const last = await db
    .selectFrom('audit_entry')
    .select(['at', 'actor'])
    .where('subject_kind', '=', 'fleet')
    .where('subject_id', '=', String(fleetId))
    .where('action', '=', CHANGE)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return { limits, changed: last ? { at: last.at.toISOString(), actor: last.actor } : null }
}

/** Throws where attention would not come before critical. */
export function checkPairs(limits: HealthThresholds): void {
  for (const [attention, critical] of limitPairs)
    if (limits[critical] <= limits[attention])
      throw Problem.invalid(
        `body.${critical}`,
        `must be above the limit for attention (${limits[attention]})`,
      )
}

/**
 * Stores the limits that differ from the defaults, and lets the devices be judged anew by a job. Limits that stay as they
 * are touch nothing.
 */
export async function saveFleetLimits(
  deps: HealthDeps,
  fleetId: number,
  wanted: HealthThresholds,
  caller: Caller,
): Promise<FleetThresholds> {
  const { name, limits } = await readFleetLimits(deps.db, fleetId)
  checkPairs(wanted)
  const changed = healthLimits.filter((key) => wanted[key] !== limits[key])
  if (changed.length === 0) return fleetThresholdsOf(deps.db, fleetId)
  const own = Object.fromEntries(
    healthLimits.filter((key) => wanted[key] !== defaults[key]).map((key) => [key, wanted[key]]),
  )
  const isReset = Object.keys(own).length === 0
  await deps.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('fleet')
      .set({
        health_thresholds: JSON.stringify(own),
        judged_up_to: sql<number>`${-deps.now().getTime()}::bigint`,
      })
      .where('id', '=', fleetId)
      .execute()
    await deps.audit(trx, {
      actor: caller,
      action: CHANGE,
      subjectKind: 'fleet',
      subjectId: String(fleetId),
      fleetId,
      summary: isReset
        ? `Set the health limits of ${name} back to the defaults`
        : `Changed the health limits of ${name}: ${changed.map((key) => `${key} ${limits[key]} → ${wanted[key]}`).join(', ')}`,
      data: {
        from: Object.fromEntries(changed.map((key) => [key, limits[key]])),
        to: Object.fromEntries(changed.map((key) => [key, wanted[key]])),
      },
    })
  })
  deps.publish([{ kind: 'fleet', fleetId }])
  return fleetThresholdsOf(deps.db, fleetId)
}
