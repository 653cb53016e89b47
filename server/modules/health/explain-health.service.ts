import type { Kysely } from 'kysely'
import { healthThresholds, type DeviceHealth, type ExplainedReason } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { readChanges, readSpreads } from './health-spread.store.ts'
import { isAboutChange, precedingChange } from './preceding-change.rules.ts'
import { ruleTextOf } from './rule-texts.ts'

const defaults = healthThresholds.parse({})

/** Why a device is as it is: each of its reasons with rule, limits, the change before it, who else shows it, and help. */
export async function explainHealth(db: Kysely<Schema>, uuid: string): Promise<DeviceHealth> {
  const row = await db
    .selectFrom('device as d')
    .innerJoin('fleet as f', 'f.id', 'd.fleet_id')
    .leftJoin('release as r', 'r.id', 'd.current_release_id')
    .select(['d.id', 'd.fleet_id', 'd.device_type', 'd.health', 'd.health_reasons', 'f.health_thresholds'])
    .select(['r.id as release_id', 'r.semver'])
    .where('d.uuid', '=', uuid)
    .where('d.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw Problem.notFound('device', uuid)
  const limits = healthThresholds.parse(row.health_thresholds)
  const device = {
    id: row.id,
    fleetId: row.fleet_id,
    deviceType: row.device_type,
    release:
      row.release_id === null || row.semver === null ? null : { id: row.release_id, semver: row.semver },
  }
  const reasons = row.health_reasons
  const spreads = await readSpreads(db, device, reasons)
  const changes = await readChanges(
    db,
    device,
    reasons.filter((reason) => isAboutChange(reason.code)),
  )
  return {
    health: row.health,
    reasons: reasons.flatMap((reason, index): ExplainedReason[] => {
      const text = ruleTextOf(reason.code)
      const spread = spreads[index]
      if (!spread) return []
      return [
        {
          reason,
          rule: text.rule(limits),
          source: text.source,
          limits: text.limits.map((key) => ({
            key,
            value: limits[key],
            isDefault: limits[key] === defaults[key],
          })),
          change: precedingChange(reason, changes),
          isAboutChange: isAboutChange(reason.code),
          spread,
          help: [text.meaning, ...text.help],
        },
      ]
    }),
  }
}
