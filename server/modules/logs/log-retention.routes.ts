import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import type { LogRetention, LogRetentionLimits } from '#contract/log-search'
import { routes } from '#contract/routes'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import type { LogDeps } from './log-deps.ts'
import { previewRetention } from './log-retention.rules.ts'
import { readHours, readUsage } from './log-retention.store.ts'

type RetentionDeps = Pick<LogDeps, 'db' | 'now' | 'audit' | 'retention' | 'linesPerDevice'>

async function readLimits(
  db: Kysely<Schema>,
  fleetId: number,
): Promise<{ name: string; limits: LogRetentionLimits }> {
  const fleet = await db
    .selectFrom('fleet')
    .select(['name', 'log_retention_days as days', 'log_retention_bytes as bytes'])
    .where('id', '=', fleetId)
    .executeTakeFirst()
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  return { name: fleet.name, limits: { days: fleet.days, bytes: fleet.bytes } }
}

const inWords = ({ days, bytes }: LogRetentionLimits) =>
  [
    days === null ? "for the gateway's days" : `for ${days} days`,
    bytes === null ? "within the gateway's size" : `within ${bytes} bytes`,
  ].join(', ')

/** How long log lines of a fleet are kept: read, tried out, changed. Lines go with the next turn of the pruning job. */
export function registerLogRetention(app: FastifyInstance, deps: RetentionDeps): void {
  const answer = async (fleetId: number): Promise<LogRetention> => ({
    limits: (await readLimits(deps.db, fleetId)).limits,
    defaults: { ...deps.retention, linesPerDevice: deps.linesPerDevice },
    usage: await readUsage(deps.db, fleetId),
  })
  registerRoute(app, routes.getLogRetention, ({ params }) => answer(params.fleetId))
  registerRoute(app, routes.previewLogRetention, async ({ params, query }) => {
    await readLimits(deps.db, params.fleetId)
    const limits = {
      days: query.days ?? deps.retention.days,
      bytes: query.bytes ?? deps.retention.bytes,
    }
    return previewRetention(await readHours(deps.db, params.fleetId), limits, deps.now().getTime())
  })
  registerRoute(app, routes.setLogRetention, async ({ params, body, caller }) => {
    await deps.db.transaction().execute(async (trx) => {
      const { name } = await readLimits(trx, params.fleetId)
      await trx
        .updateTable('fleet')
        .set({ log_retention_days: body.days, log_retention_bytes: body.bytes })
        .where('id', '=', params.fleetId)
        .execute()
      await deps.audit(trx, {
        actor: caller,
        action: 'fleet.log-retention',
        subjectKind: 'fleet',
        subjectId: String(params.fleetId),
        fleetId: params.fleetId,
        summary: `Keeps log lines of ${name} ${inWords(body)}`,
        data: body,
      })
    })
    return answer(params.fleetId)
  })
}
