import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { deviceApiPaths, stateReport, tagReport } from '#contract/device-protocol'
import { Overloaded } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import { keyOf, type DeviceDirectory } from './device-auth.ts'
import type { DeviceInput } from './device-step.ts'
import type { DeviceWriter } from './device-writer.ts'
import { buildTargetState } from './target-state.ts'
import { readTargetSource } from './target-state.store.ts'

export type StateDeps = {
  db: Kysely<Schema>
  directory: DeviceDirectory
  writer: DeviceWriter
  log: Logger
  minimumPollIntervalMs: number
  countReport: (outcome: string) => void
}

const POLL_INTERVAL = 'RESIN_SUPERVISOR_POLL_INTERVAL'

/** Weak, as upstream's: a hash of the body. */
const etagOf = (body: string) => `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`

async function getTarget(deps: StateDeps, request: FastifyRequest, reply: FastifyReply) {
  const { uuid = '' } = request.params as Record<string, string>
  const device = await deps.directory.authenticate(uuid, keyOf(request))
  if (!device) return (await deps.directory.find(uuid)) ? reply.code(401).send() : reply.code(304).send()
  const source = await readTargetSource(deps.db, device.deviceId, deps.minimumPollIntervalMs)
  // Upstream answers a deleted device 304 without a body: it goes on running what it has.
  if (!source) return reply.code(304).send()
  const target = buildTargetState(source)
  const pollIntervalMs = Number(target[uuid]?.config[POLL_INTERVAL] ?? deps.minimumPollIntervalMs)
  // The heartbeat. A poll is answered even when it cannot be noted now: the next one notes it.
  deps.writer
    .submit({ kind: 'poll', deviceId: device.deviceId, pollIntervalMs, publicAddress: request.ip })
    .catch((error: unknown) => {
      if (!(error instanceof Overloaded)) deps.log.error({ err: error, uuid }, 'a poll could not be noted')
    })
  const body = JSON.stringify(target)
  const etag = etagOf(body)
  reply.header('etag', etag)
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply.code(200).type('application/json').send(body)
}

/**
 * Checks a body of parts by uuid and submits one input a device; answers only when all are committed.
 * A uuid that is not the caller's own refuses the whole body, as upstream does.
 */
async function storeParts<T>(
  deps: StateDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  schema: z.ZodType<Record<string, T>>,
  toInput: (deviceId: number, part: T) => DeviceInput,
) {
  const parsed = schema.safeParse(request.body)
  if (!parsed.success) {
    deps.countReport('invalid')
    return reply.code(400).send(
      parsed.error.issues
        .slice(0, 5)
        .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
        .join('; '),
    )
  }
  const key = keyOf(request)
  const inputs: DeviceInput[] = []
  for (const [uuid, part] of Object.entries(parsed.data)) {
    const device = await deps.directory.authenticate(uuid, key)
    if (!device) {
      deps.countReport('unauthorised')
      return reply.code(401).send()
    }
    inputs.push(toInput(device.deviceId, part))
  }
  if (inputs.length === 0) return reply.code(400).send('The body names no device')
  const outcomes = await Promise.all(inputs.map((input) => deps.writer.submit(input)))
  const isRefused = outcomes.some((outcome) => outcome !== 'stored')
  deps.countReport(isRefused ? 'refused' : 'stored')
  return isRefused ? reply.code(401).send() : reply.code(200).send()
}

/** Target state, current-state reports and device tags (device-protocol sections 2 and 3, rows 6-8). */
export function registerState(app: FastifyInstance, deps: StateDeps): void {
  app.get(deviceApiPaths.targetState, (request, reply) => getTarget(deps, request, reply))
  app.patch(deviceApiPaths.reportState, (request, reply) =>
    storeParts(deps, request, reply, stateReport, (deviceId, report) => ({
      kind: 'report',
      deviceId,
      report,
    })),
  )
  app.patch(deviceApiPaths.reportTags, (request, reply) =>
    storeParts(deps, request, reply, tagReport, (deviceId, tags) => ({ kind: 'tags', deviceId, tags })),
  )
}
