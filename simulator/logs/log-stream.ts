import http from 'node:http'
import https from 'node:https'
import { constants, createGzip, type Gzip } from 'node:zlib'
import { deviceApiPaths, MAX_LOG_MESSAGE_LENGTH, type DeviceLogLine } from '#contract/device-protocol'
import type { DeviceKeys } from '../device/device-keys.ts'
import type { DevicePlan } from '../device/device-plan.ts'
import type { Link } from '../device/link.ts'
import type { Session } from '../device/session.ts'
import { backOff, type Timers } from '../pace.ts'

const SETTLE_MS = 5_000
const IDLE_MS = 60_000
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 300_000
const FLUSH_EVERY_REAL_MS = 100
const MOST_BUFFERED_BYTES = 256 * 1024
const CUT_MARK = '[...]'
/** Small windows: thousands of these streams live in one process. */
const COMPRESSION = { windowBits: 11, memLevel: 4 }

type Open = { request: http.ClientRequest; gzip: Gzip; isSettled: boolean }

/**
 * The endless gzip stream of log lines (device-protocol section 5): opened by the first line, closed after 60 s without
 * one, opened again with growing delays after an error. What cannot be sent is kept up to 256 KiB, then counted.
 */
export class LogStream {
  readonly #url: string
  readonly #plan: DevicePlan
  readonly #keys: DeviceKeys
  readonly #link: Link
  readonly #timers: Timers
  readonly #stopListening: () => void
  #open: Open | null = null
  #failures = 0
  #isWaiting = false
  #buffer: string[] = []
  #bufferedBytes = 0
  #suppressed = 0
  #cancelIdle: () => void = () => undefined
  #isFlushDue = false

  constructor({ url, plan, disk, link, timers }: Pick<Session, 'url' | 'plan' | 'disk' | 'link' | 'timers'>) {
    this.#url = url.replace(/\/$/, '')
    this.#plan = plan
    this.#keys = disk.keys
    this.#link = link
    this.#timers = timers
    this.#stopListening = link.listen((isUp) => {
      if (!isUp) this.#fail()
    })
  }

  write(line: DeviceLogLine): void {
    const message =
      line.message.length > MAX_LOG_MESSAGE_LENGTH
        ? line.message.slice(0, MAX_LOG_MESSAGE_LENGTH - CUT_MARK.length) + CUT_MARK
        : line.message
    const text = `${JSON.stringify({ ...line, message })}\n`
    if (this.#bufferedBytes + text.length > MOST_BUFFERED_BYTES) this.#suppressed += 1
    else {
      this.#buffer.push(text)
      this.#bufferedBytes += text.length
    }
    if (this.#open) this.#drain()
    else this.#connect()
  }

  /** Power is gone or the supervisor ends: nothing is closed in good order. */
  destroy(): void {
    this.#stopListening()
    this.#open?.request.destroy()
    this.#open = null
    this.#isWaiting = true
  }

  #connect(): void {
    if (this.#open || this.#isWaiting || !this.#link.isUp) return
    const { request: start } = this.#url.startsWith('https:') ? https : http
    const request = start(`${this.#url}${deviceApiPaths.logStream.replace(':uuid', this.#plan.uuid)}`, {
      method: 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${this.#keys.own}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
      },
    })
    const open: Open = { request, gzip: createGzip(COMPRESSION), isSettled: false }
    this.#open = open
    request.flushHeaders()
    request.on('error', () => this.#fail(open))
    open.gzip.on('error', () => this.#fail(open))
    request.on('response', (response) => {
      response.resume()
      // An answer before the end is an error, whatever it says.
      if (request.writableEnded && response.statusCode === 201) this.#failures = 0
      else this.#fail(open)
    })
    open.gzip.on('drain', () => this.#drain())
    open.gzip.pipe(request)
    this.#timers.after(SETTLE_MS, () => {
      if (this.#open !== open) return
      open.isSettled = true
      this.#failures = 0
      this.#drain()
    })
  }

  #drain(): void {
    const open = this.#open
    if (!open?.isSettled) return
    while (this.#buffer.length > 0 && !open.gzip.writableNeedDrain) {
      const text = this.#buffer.join('')
      this.#buffer = []
      this.#bufferedBytes = 0
      open.gzip.write(text)
    }
    if (this.#suppressed > 0 && this.#buffer.length === 0) {
      const message = `Suppressed ${this.#suppressed} message(s) due to high log rate`
      this.#suppressed = 0
      open.gzip.write(
        `${JSON.stringify({ message, timestamp: Date.now(), isSystem: true, isStdErr: true })}\n`,
      )
    }
    this.#flushSoon(open)
    this.#cancelIdle()
    this.#cancelIdle = this.#timers.after(IDLE_MS, () => this.#close())
  }

  #flushSoon(open: Open): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    this.#timers.afterReal(FLUSH_EVERY_REAL_MS, () => {
      this.#isFlushDue = false
      if (this.#open === open) open.gzip.flush(constants.Z_SYNC_FLUSH)
    })
  }

  #close(): void {
    const open = this.#open
    this.#open = null
    open?.gzip.end()
  }

  #fail(failed: Open | null = this.#open): void {
    if (!failed) return
    failed.gzip.unpipe()
    failed.request.destroy()
    if (this.#open !== failed) return
    this.#open = null
    this.#cancelIdle()
    this.#isWaiting = true
    this.#timers.after(backOff(this.#failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS), () => {
      this.#isWaiting = false
      if (this.#buffer.length > 0) this.#connect()
    })
  }
}
