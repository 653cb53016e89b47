import { createGunzip } from 'node:zlib'
import { Writable, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { deviceApiPaths, deviceLogLine, logBatch, type DeviceLogLine } from '#contract/device-protocol'
import { keyOf, type DeviceDirectory, type KnownDevice } from './device-auth.ts'
import type { DeviceWriter } from './device-writer.ts'
import { LineBudget, toStored, type LogIngest } from './log-ingest.ts'
import { LineSplitter } from './line-splitter.ts'

export type LogStreamDeps = {
  directory: DeviceDirectory
  ingest: LogIngest
  writer: DeviceWriter
  now: () => Date
  count: (outcome: string, lines: number) => void
}

const BATCHES_PER_SPAN = 15
const BATCH_SPAN_MS = 10_000
/** A clock difference smaller than this is the network's. */
const SKEW_STEP_MS = 10_000
const SKEW_MIN_LINES = 3

/** Reads one line; anything that is not a line of the protocol is skipped, as upstream does. */
function parseLine(text: string): DeviceLogLine | null {
  if (text.trim() === '') return null
  try {
    const parsed = deviceLogLine.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** What one device's log connection does with its lines: rate, storing, clock, service exits. */
class DeviceLog {
  readonly #deps: LogStreamDeps
  readonly #device: KnownDevice
  readonly #budget: LineBudget
  #toldSkewMs = 0

  constructor(deps: LogStreamDeps, device: KnownDevice, budget: LineBudget) {
    this.#deps = deps
    this.#device = device
    this.#budget = budget
  }

  async take(lines: readonly DeviceLogLine[]): Promise<void> {
    const nowMs = this.#deps.now().getTime()
    const { allowed, leftOut } = this.#budget.take(lines.length, nowMs)
    if (allowed < lines.length) this.#deps.count('rate-limited', lines.length - allowed)
    const kept = lines.slice(0, allowed)
    const stored = kept.flatMap((line) => toStored(line, this.#device, nowMs) ?? [])
    if (leftOut > 0) {
      stored.unshift({
        device: this.#device,
        serviceId: null,
        isSystem: true,
        isStderr: true,
        atMs: nowMs,
        message: `${leftOut} lines dropped: the device sent more than the gateway stores`,
      })
    }
    await this.#deps.ingest.store(stored)
    this.#noteExits(kept)
    this.#noteClock(kept, nowMs)
  }

  /** Upstream's words for a container that ended: the only sign of a crash a stock supervisor gives. */
  #noteExits(lines: readonly DeviceLogLine[]): void {
    const services = lines.flatMap((line) =>
      line.isSystem === true ? (/^Service exited '(\S+) /.exec(line.message)?.[1] ?? []) : [],
    )
    if (services.length > 0)
      void this.#deps.writer
        .submit({ kind: 'service-exit', deviceId: this.#device.deviceId, services })
        .catch(() => this.#deps.count('exit-not-noted', services.length))
  }

  /** Lines of one delivery were made just now, unless the device was away: the median says how its clock differs. */
  #noteClock(lines: readonly DeviceLogLine[], nowMs: number): void {
    if (lines.length < SKEW_MIN_LINES && this.#toldSkewMs === 0) return
    const skewMs = median(lines.map((line) => line.timestamp - nowMs))
    if (!Number.isFinite(skewMs) || Math.abs(skewMs - this.#toldSkewMs) < SKEW_STEP_MS) return
    this.#toldSkewMs = skewMs
    const bounded = Math.round(Math.max(-3e12, Math.min(3e12, skewMs)))
    void this.#deps.writer
      .submit({ kind: 'clock-skew', deviceId: this.#device.deviceId, skewMs: bounded })
      .catch(() => this.#deps.count('skew-not-noted', 1))
  }
}

/**
 * The endless gzip stream of lines. It is read as fast as lines are stored and no faster: the sink's back-pressure
 * pauses the socket. Nothing is answered before the device ends it.
 */
async function logStream(
  deps: LogStreamDeps,
  budgets: Map<string, LineBudget>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { uuid = '' } = request.params as Record<string, string>
  const device = await deps.directory.authenticate(uuid, keyOf(request))
  if (!device) return reply.code(401).send()
  if (!(request.headers['content-type'] ?? '').startsWith('application/x-ndjson'))
    return reply.code(415).send()
  const log = new DeviceLog(deps, device, budgetOf(budgets, uuid))
  const splitter = new LineSplitter()
  const sink = new Writable({
    highWaterMark: 64 * 1024,
    write(chunk: Buffer, _encoding, done) {
      const lines = splitter.push(chunk).flatMap((text) => parseLine(text) ?? [])
      log.take(lines).then(() => done(), done)
    },
    final(done) {
      const lines = splitter.end().flatMap((text) => parseLine(text) ?? [])
      log.take(lines).then(() => done(), done)
    },
  })
  const body = request.body as Readable
  const isGzip = request.headers['content-encoding'] === 'gzip'
  try {
    await (isGzip ? pipeline(body, createGunzip(), sink) : pipeline(body, sink))
    return reply.code(201).send()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    // Half a gzip member, or a connection that just went: everyday life on bad networks. What came before is stored.
    if (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET')
      return reply.code(400).send()
    throw error
  }
}

function budgetOf(budgets: Map<string, LineBudget>, uuid: string): LineBudget {
  const budget = budgets.get(uuid) ?? new LineBudget()
  budgets.set(uuid, budget)
  return budget
}

/** Batches of older supervisors: at most 10 lines, 15 batches in 10 s. */
async function logBatches(
  deps: LogStreamDeps,
  budgets: Map<string, LineBudget>,
  spent: Map<string, number[]>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { uuid = '' } = request.params as Record<string, string>
  const device = await deps.directory.authenticate(uuid, keyOf(request))
  if (!device) return reply.code(401).send()
  const nowMs = deps.now().getTime()
  const recent = (spent.get(uuid) ?? []).filter((at) => nowMs - at < BATCH_SPAN_MS)
  if (recent.length >= BATCHES_PER_SPAN)
    return reply.code(429).send(`At most ${BATCHES_PER_SPAN} batches in ${BATCH_SPAN_MS / 1000} s`)
  spent.set(uuid, [...recent, nowMs])
  const parsed = logBatch.safeParse(request.body)
  if (!parsed.success)
    return reply.code(400).send(
      parsed.error.issues
        .slice(0, 5)
        .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
        .join('; '),
    )
  await new DeviceLog(deps, device, budgetOf(budgets, uuid)).take(parsed.data)
  return reply.code(201).send()
}

/** Log streams and batches (device-protocol section 5, rows 9 and 10). */
export function registerLogs(app: FastifyInstance, deps: LogStreamDeps): void {
  const budgets = new Map<string, LineBudget>()
  const spent = new Map<string, number[]>()
  void app.register((scope, _options, done) => {
    // The stream is read by hand, line by line; Fastify must not collect or limit it.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, next) => next(null, payload))
    scope.post(deviceApiPaths.logStream, { bodyLimit: Number.MAX_SAFE_INTEGER }, (request, reply) =>
      logStream(deps, budgets, request, reply),
    )
    done()
  })
  app.post(deviceApiPaths.logBatch, (request, reply) => logBatches(deps, budgets, spent, request, reply))
}
