import { bandsOf, type BandState, type StateChange } from './bands.ts'
import type { Mark } from './marks.ts'
import { textOf, numberOf, type EventGroup, type TimelineSource } from './timeline-events.ts'
import { formatSpan } from './timeline-words.ts'

/** Restarts that follow each other within this long belong together, and this many of them are a loop. */
const LOOP_GAP_MS = 10 * 60_000
const LOOP_RESTARTS = 3

type Burst = { fromMs: number; toMs: number; restarts: number; exitCodes: Set<number> }

const serviceOf = (group: EventGroup) => textOf(group.first, 'service')
const changeOf = (group: EventGroup) => textOf(group.first, 'change')

/** Restarts of one service gathered into bursts; those that lie closer than the gap are one. Pure. */
export function burstsOf(restarts: readonly EventGroup[], gapMs = LOOP_GAP_MS): Burst[] {
  const bursts: Burst[] = []
  for (const { first, last, times } of [...restarts].sort((a, b) => a.first.atMs - b.first.atMs)) {
    const codes = [numberOf(first, 'exitCode'), numberOf(last, 'exitCode')].filter((code) => code !== null)
    const before = bursts.at(-1)
    if (before && first.atMs - before.toMs <= gapMs) {
      before.toMs = Math.max(before.toMs, last.atMs)
      before.restarts += times
      for (const code of codes) before.exitCodes.add(code)
    } else bursts.push({ fromMs: first.atMs, toMs: last.atMs, restarts: times, exitCodes: new Set(codes) })
  }
  return bursts
}

const running = (service: string): BandState => ({
  key: 'running',
  tone: 'ok',
  label: 'Runs',
  detail: [`${service} runs`],
})
const stopped = (service: string, exitCode: number | null): BandState => ({
  key: 'stopped',
  tone: 'neutral',
  label: exitCode === null ? 'Stopped' : `Stopped, code ${exitCode}`,
  detail: [`${service} does not run`, ...(exitCode === null ? [] : [`Exit code ${exitCode}`])],
})

/** A burst as a mark: a loop is one block with its count, fewer restarts are a moment. */
function burstMark(service: string, burst: Burst): Mark {
  const codes = [...burst.exitCodes].sort((a, b) => a - b)
  const code = codes.length === 0 ? '' : `, exit code ${codes.join(', ')}`
  const isLoop = burst.restarts >= LOOP_RESTARTS
  const times = `${burst.restarts} restart${burst.restarts === 1 ? '' : 's'}`
  return {
    fromMs: burst.fromMs,
    toMs: burst.toMs,
    isOpenStart: false,
    isOpenEnd: false,
    tone: isLoop ? 'critical' : 'attention',
    label: isLoop ? `Crash loop, ${times}` : times,
    detail: [
      isLoop
        ? `${service} crash-looped: ${times} in ${formatSpan(burst.toMs - burst.fromMs)}${code}`
        : `${service} exited and was restarted${burst.restarts === 1 ? '' : ` ${burst.restarts} times`}${code}`,
    ],
    actor: null,
    count: burst.restarts,
  }
}

/** Spans with the marks of bursts laid over them: a span ends where a burst begins and goes on after it. */
export function withBursts(bands: readonly Mark[], bursts: readonly Mark[]): Mark[] {
  const rest = bands.flatMap((band) => {
    let pieces = [band]
    for (const burst of bursts) {
      pieces = pieces.flatMap((piece) => {
        if (burst.toMs < piece.fromMs || burst.fromMs > piece.toMs) return [piece]
        const left = { ...piece, toMs: burst.fromMs, isOpenEnd: false }
        const right = { ...piece, fromMs: burst.toMs, isOpenStart: false }
        return [left, right].filter((one) => one.toMs > one.fromMs)
      })
    }
    return pieces
  })
  return [...rest, ...bursts].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)
}

function laneOf(service: string, source: TimelineSource): Mark[] {
  const { device, fromMs, knownToMs } = source
  const groups = source.groups.filter(
    (group) => group.first.kind === 'service' && serviceOf(group) === service,
  )
  const changes = groups
    .filter((group) => changeOf(group) !== null)
    .flatMap((group) => (group.count > 1 ? [group.first, group.last] : [group.first]))
    .map((event): StateChange => ({
      atMs: event.atMs,
      state:
        textOf(event, 'change') === 'started'
          ? running(service)
          : stopped(service, numberOf(event, 'exitCode')),
    }))
  const restarts = groups.filter((group) => changeOf(group) === null)
  // What was restarted runs, also when its start was not told.
  for (const { last } of restarts) changes.push({ atMs: last.atMs, state: running(service) })
  changes.sort((a, b) => a.atMs - b.atMs)
  const earlier = source.before
    .filter((event) => event.kind === 'service' && textOf(event, 'service') === service)
    .at(-1)
  const now = device.services.find((one) => one.name === service)
  const [first] = groups
  const ranBefore = first !== undefined && changeOf(first) !== 'started'
  const isQuiet = first === undefined && earlier === undefined
  const initial =
    earlier !== undefined
      ? textOf(earlier, 'change') === 'stopped'
        ? stopped(service, numberOf(earlier, 'exitCode'))
        : running(service)
      : ranBefore || (isQuiet && now?.isRunning === true)
        ? running(service)
        : isQuiet && now !== undefined
          ? stopped(service, null)
          : null
  const bands = bandsOf(initial, changes, {
    fromMs: Math.max(fromMs, Math.min(device.createdAtMs, knownToMs)),
    toMs: knownToMs,
    isOpenStart: device.createdAtMs < fromMs,
    isOpenEnd: true,
  })
  return withBursts(
    bands,
    burstsOf(restarts).map((burst) => burstMark(service, burst)),
  )
}

/** A lane for each service that is on the device or did something in the range. */
export function serviceLanes(source: TimelineSource): { service: string; marks: Mark[] }[] {
  const told = source.groups.flatMap((group) =>
    group.first.kind === 'service' ? (serviceOf(group) ?? []) : [],
  )
  const names = [...new Set([...source.device.services.map((service) => service.name), ...told])].sort()
  return names.map((service) => ({ service, marks: laneOf(service, source) }))
}
