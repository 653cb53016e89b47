import { hash } from 'node:crypto'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
} from 'fastify'
import type { z } from 'zod'
import { deviceApiPaths, tagReport } from '#contract/device-protocol'
import { Overloaded } from '../../platform/db/group-commit.ts'
import type { Logger } from '../../platform/logger.ts'
import { keyOf, type DeviceDirectory } from './device-auth.ts'
import { refuse } from './device-refusal.ts'
import { ReportReader } from './report-reader.ts'
import type { DeviceInput } from './device-step.ts'
import { storable } from '../../platform/db/storable-text.ts'
import type { DeviceWriter } from './device-writer.ts'
import type { RememberedDevices } from './remembered-devices.ts'
import { buildTargetState, pollIntervalOf } from './target-state.ts'
import type { TargetReader } from './target-state.store.ts'

export type StateDeps = {
  directory: DeviceDirectory
  writer: DeviceWriter
  remembered: RememberedDevices
  readTarget: TargetReader
  log: Logger
  countReport: (outcome: string) => void
}

/** Devices show no pages, and speak too often to have a logger each time. */
const deviceRoute = {
  helmet: false,
  childLoggerFactory: (log: FastifyBaseLogger) => log,
} as const

/** Weak, as upstream's: a hash of the body. */
const etagOf = (body: string) => `W/"${hash('sha256', body, 'base64url').slice(0, 27)}"`

const isHeld = (ifNoneMatch: string | undefined, etag: string) =>
  ifNoneMatch !== undefined && ifNoneMatch.split(',').some((held) => held.trim() === etag)

/** Row 6. The poll is the device's heartbeat, also when it is answered 304. */
async function getTarget(deps: StateDeps, request: FastifyRequest, reply: FastifyReply) {
  const { uuid = '' } = request.params as Record<string, string>
  const key = keyOf(request)
  if (key === null) return reply.code(401).send()
  const device = deps.remembered.recognise(uuid, key) ?? (await deps.directory.authenticate(uuid, key))
  // Upstream answers a deleted or unknown device 304 without a body: it goes on running what it has.
  if (!device) return reply.code((await deps.directory.find(uuid)) ? 401 : 304).send()
  const source = await deps.readTarget(device.deviceId)
  if (!source) return reply.code(304).send()
  // Through another gateway the device may have been given another key just now.
  if (source.keyHash !== device.keyHash) return reply.code(401).send()
  // A poll that cannot be noted would let the device look silent: better it comes again after its back-off.
  if (deps.writer.isFull) throw new Overloaded('device polls')
  const target = buildTargetState(source)
  deps.writer
    .submit({
      kind: 'poll',
      deviceId: device.deviceId,
      keyHash: device.keyHash,
      pollIntervalMs: pollIntervalOf(target[uuid]?.config ?? {}),
      publicAddress: request.ip,
    })
    .catch((error: unknown) => {
      if (!(error instanceof Overloaded)) deps.log.error({ err: error, uuid }, 'a poll could not be noted')
    })
  const body = JSON.stringify(target)
  const etag = etagOf(body)
  reply.header('etag', etag)
  if (isHeld(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.code(200).type('application/json').send(body)
}

type Parsed<T> = { success: true; data: Record<string, T> } | { success: false; error: z.ZodError }

/**
 * Checks a body of parts by uuid and submits one input a device; answers only when all are committed.
 * A uuid that is not the caller's own refuses the whole body, as upstream does.
 */
async function storeParts<T>(
  deps: StateDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  parse: (body: unknown) => Parsed<T>,
  toInput: (device: { deviceId: number; keyHash: string }, part: T) => DeviceInput,
) {
  const unauthorised = () => {
    deps.countReport('unauthorised')
    return reply.code(401).send()
  }
  const key = keyOf(request)
  if (key === null) return unauthorised()
  const parsed = parse(request.body)
  if (!parsed.success) {
    deps.countReport('invalid')
    return refuse(reply, parsed.error)
  }
  const inputs: DeviceInput[] = []
  for (const [uuid, part] of Object.entries(parsed.data)) {
    const device = deps.remembered.recognise(uuid, key) ?? (await deps.directory.authenticate(uuid, key))
    if (!device) return unauthorised()
    inputs.push(toInput(device, part))
  }
  if (inputs.length === 0) {
    deps.countReport('invalid')
    return reply.code(400).send('The body names no device')
  }
  const outcomes = await Promise.all(inputs.map((input) => deps.writer.submit(input)))
  if (outcomes.includes('foreign-key')) return unauthorised()
  const isRefused = outcomes.some((outcome) => outcome !== 'stored')
  deps.countReport(isRefused ? 'refused' : 'stored')
  return reply.code(isRefused ? 401 : 200).send()
}

/** Target state, current-state reports and device tags (device-protocol sections 2 and 3, rows 6-8). */
export function registerState(app: FastifyInstance, deps: StateDeps): void {
  const reports = new ReportReader()
  const tags = (body: unknown) => {
    const parsed = tagReport.safeParse(body)
    return parsed.success ? { ...parsed, data: storable(parsed.data) } : parsed
  }
  /** Before the body is read: what waits in memory is bounded, whatever comes. */
  const onRequest: onRequestHookHandler = (_request, _reply, done) => {
    if (deps.writer.isFull) done(new Overloaded('device reports'))
    else done()
  }
  app.get(deviceApiPaths.targetState, { onRequest, ...deviceRoute }, (request, reply) =>
    getTarget(deps, request, reply),
  )
  app.patch(deviceApiPaths.reportState, { onRequest, compress: false, ...deviceRoute }, (request, reply) =>
    storeParts(
      deps,
      request,
      reply,
      (body) => reports.read(body),
      ({ deviceId, keyHash }, report) => ({ kind: 'report', deviceId, keyHash, report }),
    ),
  )
  app.patch(deviceApiPaths.reportTags, { onRequest, ...deviceRoute }, (request, reply) =>
    storeParts(deps, request, reply, tags, ({ deviceId, keyHash }, told) => ({
      kind: 'tags',
      deviceId,
      keyHash,
      tags: told,
    })),
  )
}
