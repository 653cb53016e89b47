import { deviceLogLine, type DeviceLogLine } from '#contract/device-protocol'
import { clip } from '../../platform/db/storable-text.ts'
import { ClockWatch } from './clock-watch.ts'
import type { DeviceDirectory, KnownDevice } from './device-auth.ts'
import type { DeviceWriter } from './device-writer.ts'
import { LineBudget } from './line-budget.ts'
import { toStored, type LogIngest } from './log-ingest.ts'

export type DeviceLogDeps = {
  directory: DeviceDirectory
  ingest: LogIngest
  writer: DeviceWriter
  now: () => Date
  count: (outcome: string, lines: number) => void
}

const LOCK_LINE = /^(Updates are locked|Taking update locks)/
const MAX_LOCK_REASON = 200

/** The device was deleted, or its key changed, while it was sending. */
export class DeviceGone extends Error {}

/** Reads one line; null when it is none of the protocol, which is skipped, as upstream does. */
export function readLine(value: unknown): DeviceLogLine | null {
  const parsed = deviceLogLine.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** The same from text of a stream. */
export function parseLine(text: string): DeviceLogLine | null {
  try {
    return readLine(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** What is done with the lines of one device, over all its connections: rate, storing, its clock, service exits. */
export class DeviceLog {
  readonly #deps: DeviceLogDeps
  readonly #uuid: string
  readonly #budget = new LineBudget()
  readonly #clock = new ClockWatch()

  constructor(deps: DeviceLogDeps, uuid: string) {
    this.#deps = deps
    this.#uuid = uuid
  }

  /**
   * Resolves when the lines, said with the key of this hash, are stored. Throws DeviceGone, or Overloaded when they cannot be
   * stored now.
   */
  async take(lines: readonly DeviceLogLine[], keyHash: string): Promise<void> {
    const nowMs = this.#deps.now().getTime()
    const { allowed, leftOut } = this.#budget.take(lines.length, nowMs)
    if (allowed < lines.length) this.#deps.count('rate-limited', lines.length - allowed)
    await this.#store(lines.slice(0, allowed), leftOut, { nowMs, keyHash })
  }

  /** Tells what was left out before the device fell silent. */
  async settle(keyHash: string): Promise<void> {
    await this.#store([], this.#budget.settle(), { nowMs: this.#deps.now().getTime(), keyHash })
  }

  async #store(
    lines: readonly DeviceLogLine[],
    leftOut: number,
    { nowMs, keyHash }: { nowMs: number; keyHash: string },
  ): Promise<void> {
    if (lines.length === 0 && leftOut === 0) return
    // Looked up each time: it may have been moved to another fleet, deleted or locked out while the stream stays open.
    const device = await this.#deps.directory.find(this.#uuid)
    if (device?.keyHash !== keyHash) throw new DeviceGone(this.#uuid)
    const stored = lines.flatMap((line) => toStored(line, device, nowMs) ?? [])
    if (stored.length < lines.length) this.#deps.count('skipped', lines.length - stored.length)
    try {
      await this.#deps.ingest.store(leftOut > 0 ? [marker(device, leftOut, nowMs), ...stored] : stored)
    } catch (error) {
      this.#budget.leaveOut(leftOut + stored.length)
      this.#deps.count('lost', stored.length)
      throw error
    }
    this.#noteExits(lines, device.deviceId)
    this.#noteLock(lines, device.deviceId)
    const skewMs = this.#clock.take(
      lines.map((line) => line.timestamp),
      nowMs,
    )
    if (skewMs !== null)
      void this.#deps.writer
        .submit({ kind: 'clock-skew', deviceId: device.deviceId, skewMs })
        .catch(() => this.#deps.count('skew-not-noted', 1))
  }

  /** Upstream's words for a container that ended: the only sign of a crash a stock supervisor gives. */
  #noteExits(lines: readonly DeviceLogLine[], deviceId: number): void {
    const services = lines.flatMap((line) =>
      line.isSystem === true ? (/^Service exited '(\S+) /.exec(line.message)?.[1] ?? []) : [],
    )
    if (services.length > 0)
      void this.#deps.writer
        .submit({ kind: 'service-exit', deviceId, services })
        .catch(() => this.#deps.count('exit-not-noted', services.length))
  }

  /** The state has no word for a lock that holds an update back: the supervisor says it in its log. */
  #noteLock(lines: readonly DeviceLogLine[], deviceId: number): void {
    const last = lines.findLast((line) => line.isSystem === true && LOCK_LINE.test(line.message))
    if (last === undefined) return
    const reason = /^Updates are locked\b(?:.*?\bReason: (.*))?/s.exec(last.message)
    const detail = reason === null ? null : clip(reason[1] ?? '', MAX_LOCK_REASON)
    void this.#deps.writer
      .submit({ kind: 'update-lock', deviceId, detail })
      .catch(() => this.#deps.count('lock-not-noted', 1))
  }
}

const marker = (device: KnownDevice, leftOut: number, nowMs: number) => ({
  device,
  serviceId: null,
  isSystem: true,
  isStderr: true,
  atMs: nowMs,
  message: `${leftOut} lines dropped: the device sent more than the gateway stores`,
})
