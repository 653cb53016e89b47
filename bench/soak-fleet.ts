/**
 * The devices of a soak and what each says next: figures that run warm and cool again, services that stop and come back,
 * and an update from release to release once a poll has told of it.
 */
import { deviceApiPaths } from '#contract/device-protocol'
import { figuresOf, keyOf, uuidOf, type IngestFleet, type Runs } from './ingest-fleet.ts'
import type { LoadDevice } from './ingest-load.ts'
import { requestBytes } from './raw-http.ts'

/** Of so many devices one was never heard, and one fails its update. */
const AWAY_OF = 100
const FAILING_OF = 20
/** So many reports of a device in a row run hot, at a low voltage, or without one of its services: one device of `HOT_OF`. */
const SPELL = 6
const HOT_OF = 40
const WHOLE_OF = 4
/** Beyond the default limits of 80 °C and 90 °C. */
const HOT_C = 93
const SILENT_INTERVALS = 2.6

const stages = ['before', 'told', 'downloading', 'downloaded', 'installing', 'after', 'gave up'] as const
type Stage = (typeof stages)[number]
/** What follows when a stage was told by a report. */
const next: Partial<Record<Stage, Stage>> = {
  told: 'downloading',
  downloading: 'downloaded',
  downloaded: 'installing',
  installing: 'after',
}

/** One fleet: the numbers of its devices, how often they poll, whether they come and go, and what they may be sent. */
export type SoakPart = {
  fleet: IngestFleet
  from: number
  to: number
  pollMs: number
  isRoaming: boolean
  nextRelease: Runs | null
}

/** The text of `apps` in a report: of a device that stays, and on its way to another release. */
function appsOf({ fleet, nextRelease }: SoakPart): Record<Stage | 'short of a service', string> {
  const { appUuid, commit, images } = fleet.runs
  const services = (own: Runs['images'], status: string, progress?: number) =>
    Object.fromEntries(
      own.map(({ name, image }) => [
        name,
        { image, status, ...(progress === undefined ? {} : { download_progress: progress }) },
      ]),
    )
  const whole = (applied: string, releases: Record<string, unknown>) =>
    JSON.stringify({ [appUuid]: { release_uuid: applied, releases } })
  const running = (own: Runs) => ({ update_status: 'done', services: services(own.images, 'Running') })
  const before = { [commit]: running(fleet.runs) }
  const exited = services(images.slice(0, 1), 'exited')
  const short = { update_status: 'done', services: { ...services(images, 'Running'), ...exited } }
  const onTheWay = (update: string, status: string, progress?: number) =>
    nextRelease === null
      ? whole(commit, before)
      : whole(commit, {
          ...before,
          [nextRelease.commit]: {
            update_status: update,
            services: services(nextRelease.images, status, progress),
          },
        })
  const arrived = nextRelease ?? fleet.runs
  return {
    before: whole(commit, before),
    'short of a service': whole(commit, { [commit]: short }),
    told: onTheWay('downloading', 'Downloading', 20),
    downloading: onTheWay('downloading', 'Downloading', 80),
    downloaded: onTheWay('downloaded', 'Downloaded'),
    installing: onTheWay('applying changes', 'Installing'),
    after: whole(arrived.commit, { [arrived.commit]: running(arrived) }),
    'gave up': onTheWay('aborted', 'Downloaded'),
  }
}

export class SoakFleet {
  readonly #parts: readonly (SoakPart & { apps: ReturnType<typeof appsOf> })[]
  readonly #stages: Uint8Array
  /** 1: no report has told the device's stage yet. */
  readonly #owesWhole: Uint8Array
  readonly #startedMs = Date.now()
  #isGathered = false

  constructor(parts: readonly SoakPart[]) {
    this.#parts = parts.map((part) => ({ ...part, apps: appsOf(part) }))
    const count = Math.max(...parts.map(({ to }) => to)) + 1
    this.#stages = new Uint8Array(count)
    this.#owesWhole = new Uint8Array(count)
  }

  /** The devices of a part that can be heard. */
  devicesOf({ from, to }: SoakPart): LoadDevice[] {
    return Array.from({ length: to - from + 1 }, (_value, index) => from + index)
      .filter((n) => n % AWAY_OF !== AWAY_REST)
      .map((n) => ({ n, uuid: uuidOf(n), key: keyOf(n) }))
  }

  /** Nobody falls silent any more, and those that came and went only poll. */
  get isGathered(): boolean {
    return this.#isGathered
  }

  gather(): void {
    this.#isGathered = true
  }

  /** Whether a device that comes and goes is not to be heard now. */
  isSilent(n: number): boolean {
    const { isRoaming, pollMs } = this.#partOf(n)
    if (this.#isGathered || !isRoaming) return false
    const spans = (Date.now() - this.#startedMs) / (pollMs * SILENT_INTERVALS)
    return Math.floor(spans + shareOf(n) * 2) % 2 === 1
  }

  /** Takes in what a poll answered. */
  polled(n: number, body: string): void {
    const release = this.#partOf(n).nextRelease
    if (release === null || this.#stageOf(n) !== 'before' || !body.includes(release.commit)) return
    this.#enter(n, 'told')
  }

  /** The bytes of the report numbered `sequence` of a device, which goes one step on with each whole one. */
  readonly bytesOf = (uuid: string, key: string, n: number, sequence: number): string => {
    const isWhole = this.#owesWhole[n] === 1 || (sequence + n) % WHOLE_OF === 0
    const spell = Math.floor(sequence / SPELL) + n
    const { memory, storage } = figuresOf(sequence)
    const temperature = spell % HOT_OF === 0 ? HOT_C : 45 + (sequence % 20)
    const metrics = `"memory_usage":${String(memory)},"memory_total":1906,"storage_usage":${String(storage)},"storage_total":14500,"cpu_temp":${String(temperature)},"cpu_usage":${String(sequence % 60)},"is_undervolted":${String(spell % HOT_OF === 7)}`
    const rest = isWhole ? this.#restOf(n, spell) : ''
    return requestBytes('PATCH', deviceApiPaths.reportState, key, `{"${uuid}":{${rest}${metrics}}}`)
  }

  #restOf(n: number, spell: number): string {
    const { apps } = this.#partOf(n)
    const stage = this.#stageOf(n)
    const told = stage === 'before' && spell % HOT_OF === 13 ? 'short of a service' : stage
    this.#owesWhole[n] = 0
    const following = next[stage]
    if (following !== undefined)
      this.#enter(n, stage === 'downloaded' && isFailing(n) ? 'gave up' : following)
    return `"status":"Idle","os_version":"balenaOS 6.5.3","os_variant":"prod","supervisor_version":"17.0.1","provisioning_state":"","apps":${apps[told]},`
  }

  #stageOf(n: number): Stage {
    return stages[this.#stages[n] ?? 0] ?? 'before'
  }

  #enter(n: number, stage: Stage): void {
    this.#stages[n] = stages.indexOf(stage)
    this.#owesWhole[n] = 1
  }

  #partOf(n: number) {
    const part = this.#parts.find(({ from, to }) => n >= from && n <= to)
    if (!part) throw new Error(`There is no device ${String(n)}`)
    return part
  }
}

const AWAY_REST = 13
const isFailing = (n: number) => n % FAILING_OF === 3
/** Spreads neighbours over 0 to 1. */
const shareOf = (n: number) => (n * 0.618_033_988_75) % 1

/** SQL over `device`: the number it was seeded under. */
const number = `substr(name, 8)::int`
/** SQL that leaves the seeded devices of a fleet as they are when they have polled at its interval, some of them away for long. */
export const settleSeeded = ({ fleet, pollMs }: SoakPart): string[] => {
  const interval = `interval '${String(pollMs)} milliseconds'`
  const isAway = `${number} % ${String(AWAY_OF)} = ${String(AWAY_REST)} and fleet_id = ${String(fleet.fleetId)}`
  const isThere = `${number} % ${String(AWAY_OF)} <> ${String(AWAY_REST)} and fleet_id = ${String(fleet.fleetId)}`
  return [
    `update device set poll_interval_ms = ${String(pollMs)}, last_poll_at = now() - random() * ${interval},
      next_check_at = now() + 1.5 * ${interval}, tags = jsonb_build_object('site', 'site-' || ${number} % 20)
      where ${isThere}`,
    `update device set connectivity = 'offline', connectivity_changed_at = now() - interval '2 days', health = 'critical',
      health_rank = 0, last_poll_at = now() - interval '2 days', last_seen_at = now() - interval '2 days', next_check_at = null,
      health_reasons = jsonb_build_array(jsonb_build_object('code', 'offline', 'layer', 'network', 'severity', 'critical',
        'since', now() - interval '2 days', 'evidence', 'Not heard for more than 24 h; everything else is last known')),
      tags = jsonb_build_object('site', 'lost')
      where ${isAway}`,
  ]
}
