/** What the rollout engine costs: a whole rollout of a good release, stepped as the runner does it, without a store. */
import { rolloutPlan } from '#contract/rollout-plan'
import { fresh, type Observation } from '../server/modules/rollouts/engine/member.engine.ts'
import {
  assignPhases,
  controlPhaseIndex,
  phaseCount,
  rolloutPosition,
} from '../server/modules/rollouts/engine/phase-order.engine.ts'
import type { CountedMember, RolloutSituation } from '../server/modules/rollouts/engine/situation.engine.ts'
import { advanceRollout, offerCapacity } from '../server/modules/rollouts/engine/step.engine.ts'
import { marksOf, tallyOf } from '../server/modules/rollouts/engine/tally.engine.ts'

export type EngineCost = {
  devices: number
  ticks: number
  decisions: number
  decisionsPerSecond: number
  /** Mean cost of a tick in which `NEWS` devices have something to tell, ms. */
  tickMs: number
  /** Mean cost of a tick in which no device has, ms. */
  idleTickMs: number
}

/** Devices that have news in every tick, whatever the size of the fleet. */
export const NEWS = 500
const IDLE_TICKS = 2_000
const TICK_MS = 1_000
const WAY: Observation['progress'][] = ['downloading', 'installing', 'rebooting', 'arrived']

const plan = rolloutPlan.parse({
  phases: [1, 10, 50, 100].map((percent) => ({
    name: `${String(percent)} %`,
    reach: { kind: 'percent', percent },
    soakSeconds: 1,
  })),
  controlPercent: 5,
  maxUpdating: NEWS,
  includesPinned: false,
})

const unheard: Observation = {
  isGone: false,
  connectivity: 'online',
  offlineSinceMs: null,
  // Heard all the time, so that soaks end by the clock.
  heardAtMs: Number.MAX_SAFE_INTEGER,
  progress: 'none',
  percent: null,
  evidence: null,
  isTargetOurs: false,
  isHeld: false,
  isBack: false,
  wayBack: 'open',
  troubles: [],
}

function begin(devices: number, nowMs: number): { situation: RolloutSituation; members: CountedMember[] } {
  const all = Array.from({ length: devices }, (_value, index) => ({
    deviceId: index + 1,
    position: rolloutPosition(1, `device-${String(index)}`),
    tags: {},
  }))
  const phaseOf = assignPhases(plan, all)
  const record = fresh('waiting')
  const members = all.map(({ deviceId, position }): CountedMember => ({
    deviceId,
    position,
    phaseIndex: phaseOf.get(deviceId) ?? 0,
    deviceType: deviceId % 3 === 0 ? 'raspberrypi5' : 'raspberrypi4-64',
    timeZone: null,
    offeredAtMs: null,
    firstOfferedAtMs: null,
    record,
    marks: marksOf(record, null, unheard, nowMs),
    seen: unheard,
  }))
  const phases = Array.from({ length: phaseCount(plan) }, (_value, index) => ({
    index,
    state: 'pending' as const,
    isControl: index === controlPhaseIndex(plan),
    openedAtMs: null,
    passedAtMs: null,
    isApproved: false,
    isSkipped: false,
    accepted: [],
    tally: tallyOf(members.filter((member) => member.phaseIndex === index)),
  }))
  const situation = { state: 'running', plan, startedAtMs: nowMs, phases, starts: { minuteMs: 0, count: 0 } }
  return { situation: situation as RolloutSituation, members }
}

/** Reads as the runner does: the devices with news, and as many waiting ones of the open phases as may be offered. */
class Rollout {
  nowMs = 1_800_000_000_000
  situation: RolloutSituation
  readonly members: Map<number, CountedMember>
  readonly #waiting: CountedMember[][]
  readonly #moving = new Set<number>()
  tookMs = 0
  decisions = 0
  ticks = 0

  constructor(devices: number) {
    const { situation, members } = begin(devices, this.nowMs)
    this.situation = situation
    this.members = new Map(members.map((member) => [member.deviceId, member]))
    const order = [...members].sort((a, b) => b.position - a.position)
    this.#waiting = situation.phases.map(({ index }) => order.filter((one) => one.phaseIndex === index))
  }

  #next(): CountedMember[] {
    const capacity = Math.min(offerCapacity(this.situation, this.nowMs), NEWS)
    const queues = this.#waiting.filter((_queue, index) => {
      const state = this.situation.phases[index]?.state
      return state === 'open' || state === 'passed'
    })
    return queues.flatMap((queue) => queue.slice(-capacity).reverse()).slice(0, capacity)
  }

  tick(isQuiet: boolean): void {
    const news = isQuiet
      ? []
      : [...this.#moving].slice(0, NEWS).flatMap((deviceId) => this.members.get(deviceId) ?? [])
    const waiting = isQuiet ? [] : this.#next()
    const startedMs = performance.now()
    const step = advanceRollout(this.situation, news, waiting, this.nowMs)
    this.tookMs += performance.now() - startedMs
    this.ticks++
    this.decisions += step.decisions.length
    this.situation = { ...this.situation, state: step.state, phases: step.phases, starts: step.starts }
    for (const { deviceId, phaseIndex, record, marks, isOffer } of step.decisions) {
      const member = this.members.get(deviceId)
      if (!member) continue
      const seen = isOffer ? { ...member.seen, isTargetOurs: true } : member.seen
      this.members.set(deviceId, {
        ...member,
        record,
        marks,
        offeredAtMs: isOffer ? this.nowMs : member.offeredAtMs,
        firstOfferedAtMs: member.firstOfferedAtMs ?? (isOffer ? this.nowMs : null),
        seen,
      })
      if (isOffer) {
        this.#moving.add(deviceId)
        const queue = this.#waiting[phaseIndex]
        if (queue?.at(-1)?.deviceId === deviceId) queue.pop()
        else throw new Error('the engine offered out of order')
      }
      if (record.state === 'succeeded') this.#moving.delete(deviceId)
    }
    if (!isQuiet) this.#move()
    this.nowMs += TICK_MS
  }

  /** Every device that was offered goes one step on. */
  #move(): void {
    for (const deviceId of this.#moving) {
      const member = this.members.get(deviceId)
      if (!member) continue
      const progress = WAY[Math.min(WAY.indexOf(member.seen.progress) + 1, WAY.length - 1)] ?? 'arrived'
      const percent = progress === 'downloading' ? 40 : null
      this.members.set(deviceId, { ...member, seen: { ...member.seen, progress, percent } })
    }
  }
}

/** Steps a rollout of so many devices to its end; throws where a device does not succeed. */
export function measureEngine(devices: number): EngineCost {
  const rollout = new Rollout(devices)
  while (rollout.situation.state === 'running') {
    rollout.tick(false)
    if (rollout.ticks > devices * 10) throw new Error('the rollout does not come to an end')
  }
  const succeeded = rollout.situation.phases.reduce((sum, { tally }) => sum + tally.states.succeeded, 0)
  if (rollout.situation.state !== 'completed' || succeeded !== devices)
    throw new Error(`${String(succeeded)} of ${String(devices)} devices succeeded`)
  const { decisions, ticks, tookMs } = rollout

  const idle = new Rollout(devices)
  for (let tick = 0; tick < 20; tick++) idle.tick(false)
  const before = idle.tookMs
  for (let tick = 0; tick < IDLE_TICKS; tick++) idle.tick(true)
  return {
    devices,
    ticks,
    decisions,
    decisionsPerSecond: (decisions / tookMs) * 1000,
    tickMs: tookMs / ticks,
    idleTickMs: (idle.tookMs - before) / IDLE_TICKS,
  }
}
