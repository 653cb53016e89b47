import type { RolloutState } from '#contract/rollout'
import type { GateCriterion, RolloutPlan } from '#contract/rollout-plan'
import type { JudgedCriterion } from './gates.engine.ts'
import { isNews, type MemberRecord, type RolloutMember } from './member.engine.ts'
import { count, marksOf, type MemberMarks, type PhaseTally } from './tally.engine.ts'

/** One phase as it stands; the control group, where there is one, is the phase after the plan's last. */
export type PhaseStanding = {
  index: number
  state: 'pending' | 'awaiting-approval' | 'open' | 'passed'
  isControl: boolean
  openedAtMs: number | null
  passedAtMs: number | null
  /** Somebody approved it, or somebody skipped its gate. */
  isApproved: boolean
  isSkipped: boolean
  /** Criteria that tripped and after which somebody resumed nevertheless. */
  accepted: readonly GateCriterion['code'][]
  tally: PhaseTally
}

export type RolloutSituation = {
  state: RolloutState
  plan: RolloutPlan
  startedAtMs: number
  phases: readonly PhaseStanding[]
  /** Offers made in the minute that began at `minuteMs`, for the rate. */
  starts: { minuteMs: number; count: number }
}

/** A member with the marks it is counted by. */
export type CountedMember = RolloutMember & { marks: MemberMarks }

export type MemberDecision = {
  deviceId: number
  phaseIndex: number
  record: MemberRecord
  marks: MemberMarks
  /** The runner gives the device the release now, or asks it again where it has it. */
  isOffer: boolean
}

/** What the engine decided about the rollout itself, in one sentence with its figures. */
export type EngineEvent = {
  kind:
    | 'phase-opened'
    | 'phase-passed'
    | 'awaiting-approval'
    | 'tripped'
    | 'phase-late'
    | 'completed'
    | 'rolled-back'
  phaseIndex: number | null
  sentence: string
  criterion: GateCriterion['code'] | null
}

export type RolloutStep = {
  state: RolloutState
  phases: PhaseStanding[]
  starts: RolloutSituation['starts']
  decisions: MemberDecision[]
  events: EngineEvent[]
  /** The gate of the open phase after this step; empty when none is open. */
  criteria: JudgedCriterion[]
}

type Draft = { -readonly [K in keyof PhaseStanding]: PhaseStanding[K] }

export const isOpened = (phase: PhaseStanding) => phase.state === 'open' || phase.state === 'passed'

/** A rollout in the making: phases are copied, tallies of touched phases once each. */
export class Step {
  readonly phases: Draft[]
  readonly decisions = new Map<number, MemberDecision>()
  readonly events: EngineEvent[] = []
  readonly #fresh = new Set<number>()
  state: RolloutState
  starts: RolloutSituation['starts']
  readonly situation: RolloutSituation
  readonly nowMs: number

  constructor(situation: RolloutSituation, nowMs: number) {
    this.situation = situation
    this.nowMs = nowMs
    this.state = situation.state
    this.starts = situation.starts
    this.phases = situation.phases.map((phase) => ({ ...phase }))
  }

  #tally(index: number): PhaseTally | undefined {
    const phase = this.phases[index]
    if (phase && !this.#fresh.has(index)) {
      this.#fresh.add(index)
      phase.tally = structuredClone(phase.tally)
    }
    return phase?.tally
  }

  /** Stores what a device is now, and counts it anew where that differs. */
  settle(member: CountedMember, record: MemberRecord, offeredAtMs: number | null, isOffer: boolean): void {
    const held = this.decisions.get(member.deviceId)
    const before = held?.marks ?? member.marks
    const countsFromMs = offeredAtMs === null ? null : (member.firstOfferedAtMs ?? offeredAtMs)
    const marks = marksOf(record, countsFromMs, member.seen, this.situation.startedAtMs)
    const isSame = JSON.stringify(marks) === JSON.stringify(before)
    if (!isSame) {
      const tally = this.#tally(member.phaseIndex)
      if (tally) {
        count(tally, member.deviceType, before, -1)
        count(tally, member.deviceType, marks, 1)
      }
    }
    if (isSame && !isOffer && !isNews(held?.record ?? member.record, record)) return
    this.decisions.set(member.deviceId, {
      deviceId: member.deviceId,
      phaseIndex: member.phaseIndex,
      record,
      marks,
      isOffer,
    })
  }

  tell(
    kind: EngineEvent['kind'],
    phase: PhaseStanding | null,
    sentence: string,
    criterion: EngineEvent['criterion'] = null,
  ) {
    this.events.push({ kind, phaseIndex: phase?.index ?? null, sentence, criterion })
  }
}
