import type { RolloutPlan } from '#contract/rollout-plan'
import { isTerminal, type MemberRecord, type Observation } from '../engine/member.engine.ts'
import { assignPhases, controlPhaseIndex, phaseCount, rolloutPosition } from '../engine/phase-order.engine.ts'
import { advanceRollout, offerCapacity } from '../engine/step.engine.ts'
import type {
  CountedMember,
  PhaseStanding,
  RolloutSituation,
  RolloutStep,
} from '../engine/situation.engine.ts'
import { admitNewcomers } from '../engine/newcomers.engine.ts'
import { emptyTally, marksOf, tallyOf, type MemberMarks } from '../engine/tally.engine.ts'
import { beginRollBack, retryFailed } from '../engine/verbs.engine.ts'
import { liveOs, RELEASE, type NewDevice, type Sends, type WorldDevice } from './world-device.ts'

type StoredMember = Omit<CountedMember, 'seen'>
type Store = { situation: RolloutSituation; members: StoredMember[]; former: [number, string | null][] }

const quiet: MemberRecord = {
  state: 'waiting',
  percent: null,
  reason: null,
  attempts: 0,
  verifyingSinceMs: null,
  soakedMs: null,
  notBeforeMs: null,
  deadlineAtMs: null,
  deadlineLeftMs: null,
  dueAtMs: null,
}

export const FIRST_DAY_MS = 1_000_000 * 60_000

/**
 * Devices that behave, and a store that holds only what was committed, as text: everything a step knows it has read
 * back. `crash` loses a step before it is stored, as a gateway that is killed does.
 */
export class RolloutWorld {
  nowMs: number
  readonly startedAtMs: number
  readonly devices: WorldDevice[]
  readonly plan: RolloutPlan
  readonly sends: Sends
  #stored: string
  readonly offersByMinute = new Map<number, number>()
  readonly log: { step: RolloutStep; before: Store; after: Store; isVerb: boolean }[] = []

  constructor(
    plan: RolloutPlan,
    devices: readonly NewDevice[],
    sends: Sends = 'release',
    startedAtMs = FIRST_DAY_MS,
  ) {
    this.nowMs = startedAtMs
    this.startedAtMs = startedAtMs
    this.plan = plan
    this.sends = sends
    this.devices = devices.map((device) => this.#settled(device))
    const phaseOf = assignPhases(
      plan,
      this.devices.map((one) => ({ ...one, position: rolloutPosition(1, one.uuid) })),
    )
    const members = this.devices.map((device): StoredMember => ({
      deviceId: device.deviceId,
      phaseIndex: phaseOf.get(device.deviceId) ?? 0,
      position: rolloutPosition(1, device.uuid),
      deviceType: device.deviceType,
      timeZone: null,
      offeredAtMs: null,
      firstOfferedAtMs: null,
      record: quiet,
      marks: marksOf(quiet, null, this.observe(device), this.startedAtMs),
    }))
    const phases = Array.from({ length: phaseCount(plan) }, (_, index): PhaseStanding => ({
      index,
      state: 'pending',
      isControl: index === controlPhaseIndex(plan),
      openedAtMs: null,
      passedAtMs: null,
      isApproved: false,
      isSkipped: false,
      accepted: [],
      tally: { ...emptyTally(), ...tallyOf(members.filter((member) => member.phaseIndex === index)) },
    }))
    this.#stored = JSON.stringify({
      situation: {
        state: 'running',
        plan,
        startedAtMs: this.startedAtMs,
        phases,
        starts: { minuteMs: 0, count: 0 },
      },
      members,
      former: [],
    } satisfies Store)
  }

  #settled(device: NewDevice): WorldDevice {
    const isUntold = this.sends === 'host-os' && device.deviceId % 3 !== 0
    const formerTold = isUntold ? null : device.formerTarget
    return {
      ...device,
      formerTold,
      target: formerTold,
      current: device.formerTarget,
      progress: 'none',
      troubles: [],
    }
  }

  get store(): Store {
    return JSON.parse(this.#stored) as Store
  }
  /** Stores what an operator does to the rollout. */
  edit(change: (situation: RolloutSituation) => RolloutSituation): void {
    const store = this.store
    this.#stored = JSON.stringify({ ...store, situation: change(store.situation) })
  }
  #one(deviceId: number): WorldDevice {
    const found = this.devices.find((device) => device.deviceId === deviceId)
    if (!found) throw new Error(`no device ${deviceId}`)
    return found
  }

  observe(device: WorldDevice, state: MemberRecord['state'] = 'waiting'): Observation {
    const isToBeAsked = this.sends === 'host-os' && (state === 'waiting' || state === 'offline')
    const { target, progress } = device
    const isSettled = progress === 'none' || progress === 'reverted'
    return {
      isGone: false,
      connectivity: device.isOnline ? 'online' : 'offline',
      offlineSinceMs: device.offlineSinceMs,
      heardAtMs: device.offlineSinceMs ?? this.nowMs,
      progress: device.current !== RELEASE ? progress : progress === 'on-trial' ? progress : 'arrived',
      percent: device.progress === 'downloading' ? 50 : null,
      evidence: null,
      isTargetOurs: target === RELEASE || (isToBeAsked && target === device.formerTold),
      isHeld: false,
      isBack: device.current === device.formerTarget && (this.sends === 'release' || isSettled),
      wayBack: target === null ? 'none' : target === RELEASE ? 'same-release' : 'open',
      troubles: device.troubles,
    }
  }

  setOnline(device: WorldDevice, isOnline: boolean): void {
    if (device.isOnline === isOnline) return
    device.isOnline = isOnline
    device.offlineSinceMs = isOnline ? null : this.nowMs
  }

  /** Every device does its next thing towards its target. */
  live(): void {
    for (const device of this.devices) {
      if (this.sends === 'host-os' ? !liveOs(device) : !device.isOnline) continue
      if (device.target === null || device.current === device.target) continue
      const isBack = device.target !== RELEASE
      if (!isBack && device.behaviour === 'rejects') device.progress = 'rejected'
      else if (!isBack && device.behaviour === 'never-finishes') device.progress = 'downloading'
      else if (device.progress === 'none' || device.progress === 'rejected') device.progress = 'downloading'
      else if (device.progress === 'downloading') device.progress = 'installing'
      else if (this.sends === 'host-os' && device.progress === 'installing') device.progress = 'rebooting'
      else this.#arrive(device)
    }
  }
  #arrive(device: WorldDevice): void {
    if (this.sends === 'host-os' && device.target === RELEASE && device.behaviour === 'bad-slot') {
      device.progress = 'reverted'
      return
    }
    device.progress = this.sends === 'host-os' ? 'on-trial' : 'none'
    device.current = device.target ?? device.current
    device.troubles = []
    if (device.current !== RELEASE) return
    const trouble = {
      service: 'app',
      sinceMs: this.nowMs,
      evidence: 'app restarted 5 times',
      isServiceFailure: true,
    }
    if (device.behaviour === 'crash-loops') device.troubles = [{ ...trouble, code: 'service-crash-loop' }]
    if (device.behaviour === 'gets-hot')
      device.troubles = [{ ...trouble, code: 'cpu-temperature', service: null, isServiceFailure: false }]
    if (device.behaviour === 'falls-silent') this.setOnline(device, false)
  }

  /** A device joins the fleet: the last phase takes it in, or leaves it out because of `obstacle`. */
  join(device: NewDevice, obstacle: string | null = null, isLost = false): void {
    const joined = this.#settled(device)
    const before = this.store
    const { deviceId, uuid, deviceType } = joined
    const seen = this.observe(joined)
    const { phases, members } = admitNewcomers(before.situation, 1, [
      { deviceId, uuid, deviceType, timeZone: null, obstacle, seen },
    ])
    // Lost before it was stored: it is admitted anew, as a device that is no member yet.
    if (isLost) return
    this.devices.push(joined)
    const added = members.map(({ seen: _seen, ...member }): StoredMember => member)
    this.#stored = JSON.stringify({
      ...before,
      situation: { ...before.situation, phases },
      members: [...before.members, ...added],
    } satisfies Store)
  }

  /** One step of the runner; with `isLost` it is computed and never stored. */
  step(isLost = false): RolloutStep {
    const before = this.store
    const members = before.members.map((member) => ({
      ...member,
      seen: this.observe(this.#one(member.deviceId), member.record.state),
    }))
    const capacity = offerCapacity(before.situation, this.nowMs)
    const waiting = members
      .filter((member) => member.record.state === 'waiting')
      .sort((a, b) => a.phaseIndex - b.phaseIndex || a.position - b.position)
      .slice(0, Number.isFinite(capacity) ? capacity : undefined)
    const step = advanceRollout(before.situation, members, waiting, this.nowMs)
    if (isLost) return step
    this.#commit(before, step)
    if (step.state === 'rolling-back' && before.situation.state === 'running') this.rollBack()
    return step
  }

  /** Restores every target, then sets all touched devices on their way back. */
  rollBack(): void {
    const before = this.store
    for (const [deviceId, former] of before.former) {
      const device = this.#one(deviceId)
      if (device.target !== RELEASE) continue
      const state = before.members.find((member) => member.deviceId === deviceId)?.record.state
      // Without a former target a host OS is led back by what it ran, until it runs that.
      device.target = state === 'skipped' ? former : (former ?? device.formerTarget)
    }
    this.#commit(before, beginRollBack(before.situation, this.#seen(before), this.nowMs), true)
  }
  retryFailed(): void {
    const before = this.store
    this.#commit(before, retryFailed(before.situation, this.#seen(before), this.nowMs), true)
  }
  #seen(store: Store): CountedMember[] {
    return store.members.map((member) => ({
      ...member,
      seen: this.observe(this.#one(member.deviceId), member.record.state),
    }))
  }

  /** As the runner does: who is back, or went back by itself, is told exactly what it was told before. */
  #settleTargets({ situation }: Store, { decisions }: RolloutStep): void {
    const isBackward = situation.state === 'rolling-back'
    for (const { deviceId, record } of decisions) {
      const device = this.#one(deviceId)
      const isSettled = isBackward ? isTerminal(record.state) : record.state === 'rolled-back'
      if (isSettled) device.target = device.formerTold
    }
  }

  #commit(before: Store, step: RolloutStep, isVerb = false): void {
    const decided = new Map(step.decisions.map((decision) => [decision.deviceId, decision]))
    const former = new Map(before.former)
    const members = before.members.map((member) => {
      const decision = decided.get(member.deviceId)
      if (!decision) return member
      if (decision.isOffer) {
        const device = this.#one(member.deviceId)
        if (!former.has(member.deviceId)) former.set(member.deviceId, device.target)
        device.target = RELEASE
        // What it said before it was asked counts no more.
        if (device.progress === 'reverted') device.progress = 'none'
        const minute = Math.floor(this.nowMs / 60_000)
        this.offersByMinute.set(minute, (this.offersByMinute.get(minute) ?? 0) + 1)
      }
      return {
        ...member,
        record: decision.record,
        marks: decision.marks satisfies MemberMarks,
        offeredAtMs: decision.isOffer ? this.nowMs : member.offeredAtMs,
        firstOfferedAtMs: member.firstOfferedAtMs ?? (decision.isOffer ? this.nowMs : null),
      }
    })
    const { state, phases, starts } = step
    if (this.sends === 'host-os') this.#settleTargets(before, step)
    const after: Store = {
      situation: { ...before.situation, state, phases, starts },
      members,
      former: [...former],
    }
    this.#stored = JSON.stringify(after)
    this.log.push({ step, before, after, isVerb })
  }
}
