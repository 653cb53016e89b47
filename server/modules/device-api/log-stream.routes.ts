import { Writable, type Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { deviceApiPaths, logBatch } from '#contract/device-protocol'
import { Overloaded } from '../../platform/db/group-commit.ts'
import { keyOf } from './device-auth.ts'
import { DeviceGone, DeviceLog, parseLine, readLine, type DeviceLogDeps } from './device-log.ts'
import { refuse } from './device-refusal.ts'
import { drainStream } from './drain-stream.ts'
import { LineSplitter } from './line-splitter.ts'

const BATCHES_PER_SPAN = 15
const BATCH_SPAN_MS = 10_000
/** A supervisor closes its stream after a minute without lines: one silent for longer has lost its device. */
const IDLE_MS = 5 * 60_000
/** How long a device that was refused has to read why, before its endless body is cut off. */
const CLOSE_AFTER_MS = 2_000

/** The open stream of one device. `keyHash`: of the key it was opened with. */
type OpenStream = { cut: () => void; done: Promise<unknown>; keyHash: string }

/** Streams and batches of all devices; one stream a device. */
export class DeviceLogs {
  readonly #deps: DeviceLogDeps
  readonly #logs = new Map<string, DeviceLog>()
  readonly #open = new Map<string, OpenStream>()
  readonly #batchesAt = new Map<string, number[]>()
  #isClosing = false

  constructor(deps: DeviceLogDeps) {
    this.#deps = deps
  }

  /** Forgets a deleted device; its open stream ends. */
  forget(uuid: string): void {
    this.#open.get(uuid)?.cut()
    this.#logs.delete(uuid)
    this.#batchesAt.delete(uuid)
  }

  /** The key of a device has changed: a stream that was opened with another one ends. */
  recheck(uuid: string): void {
    const stream = this.#open.get(uuid)
    if (!stream) return
    this.#deps.directory.find(uuid).then(
      (device) => {
        if (device?.keyHash !== stream.keyHash) stream.cut()
      },
      // The device opens it again, and is asked for its key.
      () => stream.cut(),
    )
  }

  /** Ends all streams, which have no end of their own; resolves when what they brought is stored. */
  async close(): Promise<void> {
    this.#isClosing = true
    const streams = [...this.#open.values()]
    for (const stream of streams) stream.cut()
    await Promise.allSettled(streams.map((stream) => stream.done))
  }

  #logOf(uuid: string): DeviceLog {
    const log = this.#logs.get(uuid) ?? new DeviceLog(this.#deps, uuid)
    this.#logs.set(uuid, log)
    return log
  }

  /**
   * Row 9: the endless gzip stream of lines. It is read as fast as lines are stored and no faster: the sink's
   * back-pressure pauses the socket. Nothing is answered before the device ends it.
   */
  async stream(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { uuid = '' } = request.params as Record<string, string>
    const device = await this.#deps.directory.authenticateNow(uuid, keyOf(request))
    if (!device) return closing(request, reply).code(401).send()
    if (!/^application\/x-ndjson\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
      return closing(request, reply).code(415).send('content-type: must be application/x-ndjson')
    if (this.#isClosing) throw new Overloaded('a gateway that stops')
    // A device that comes again lost its former connection, even when that was not seen here.
    this.#open.get(uuid)?.cut()
    const body = request.body as Readable
    const { keyHash } = device
    const isGzip = request.headers['content-encoding'] === 'gzip'
    const done = this.#drain(body, isGzip, this.#logOf(uuid), keyHash)
    const stream = { cut: () => void body.destroy(), done, keyHash }
    this.#open.set(uuid, stream)
    try {
      const end = await done
      return end === 'ended' ? await reply.code(201).send() : await closing(request, reply).code(400).send()
    } catch (error) {
      if (error instanceof DeviceGone) return await closing(request, reply).code(401).send()
      closing(request, reply)
      throw error
    } finally {
      if (this.#open.get(uuid) === stream) this.#open.delete(uuid)
    }
  }

  async #drain(body: Readable, isGzip: boolean, log: DeviceLog, keyHash: string) {
    const splitter = new LineSplitter()
    const take = (texts: readonly string[]) =>
      log.take(
        texts.flatMap((text) => this.#parse(text)),
        keyHash,
      )
    const idle = setTimeout(() => body.destroy(), IDLE_MS)
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        idle.refresh()
        take(splitter.push(chunk)).then(() => done(), done)
      },
      final(done) {
        take(splitter.end())
          .then(() => log.settle(keyHash))
          .then(() => done(), done)
      },
    })
    try {
      return await drainStream(body, isGzip, sink)
    } finally {
      clearTimeout(idle)
    }
  }

  #parse(text: string) {
    if (text.trim() === '') return []
    const line = parseLine(text)
    if (line === null) this.#deps.count('skipped', 1)
    return line ?? []
  }

  /** Row 10: batches of older supervisors, at most 10 lines, 15 batches in 10 s. */
  async batch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { uuid = '' } = request.params as Record<string, string>
    const device = await this.#deps.directory.authenticateNow(uuid, keyOf(request))
    if (!device) return reply.code(401).send()
    const nowMs = this.#deps.now().getTime()
    const recent = (this.#batchesAt.get(uuid) ?? []).filter((at) => nowMs - at < BATCH_SPAN_MS)
    if (recent.length >= BATCHES_PER_SPAN)
      return reply.code(429).send(`At most ${BATCHES_PER_SPAN} batches in ${BATCH_SPAN_MS / 1000} s`)
    this.#batchesAt.set(uuid, [...recent, nowMs])
    const parsed = logBatch.safeParse(request.body)
    if (!parsed.success) return refuse(reply, parsed.error)
    const lines = parsed.data.flatMap((value) => readLine(value) ?? [])
    try {
      await this.#logOf(uuid).take(lines, device.keyHash)
    } catch (error) {
      if (error instanceof DeviceGone) return reply.code(401).send()
      throw error
    }
    return reply.code(201).send()
  }
}

/** Marks an answer given before the end of an endless body: the connection cannot be used again. */
function closing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.raw.once('finish', () => {
    setTimeout(() => request.raw.destroy(), CLOSE_AFTER_MS).unref()
  })
  return reply.header('connection', 'close')
}

/** Log streams and batches (device-protocol section 5, rows 9 and 10). */
export function registerLogs(app: FastifyInstance, logs: DeviceLogs): void {
  void app.register((scope, _options, done) => {
    // The stream is read by hand, line by line; Fastify must not collect or limit it.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, next) => next(null, payload))
    // Nor unpack it: the compression plugin would throw away what a broken stream had brought.
    const options = {
      bodyLimit: Number.MAX_SAFE_INTEGER,
      decompress: false,
      config: { isEndless: true },
    } as const
    scope.post(deviceApiPaths.logStream, options, (request, reply) => logs.stream(request, reply))
    done()
  })
  app.post(deviceApiPaths.logBatch, (request, reply) => logs.batch(request, reply))
}
