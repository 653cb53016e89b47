import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { RolloutWorld } from '../testing/rollout-world.ts'
import type { Sends } from '../testing/world-device.ts'
import {
  anyDevices,
  anyPlan,
  anyStory,
  bringToAnEnd,
  goodDevices,
  inOnePhase,
  liveThrough,
  makeWorld,
  tell,
} from '../testing/rollout-stories.ts'
import { isTerminal, isUpdating } from './member.engine.ts'
import { OFFERS_PER_STEP } from './step.engine.ts'
import { tallyOf } from './tally.engine.ts'

/** Random stories a property is held against; more of them for a long run: `WHEELHOUSE_PROPERTY_RUNS=20000`. */
const numRuns = Number(process.env.WHEELHOUSE_PROPERTY_RUNS ?? 1000)
vi.setConfig({ testTimeout: 20_000 + numRuns * 60 })
const anyKind = fc.constantFrom<Sends>('release', 'host-os')
const everyStory = (check: (world: RolloutWorld) => void) =>
  fc.assert(
    fc.property(anyPlan, anyDevices, anyStory, anyKind, (plan, devices, story, sends) => {
      const world = makeWorld(plan, devices, sends)
      liveThrough(world, story)
      check(world)
    }),
    { numRuns },
  )

describe('invariants over random fleets, plans, faults, operators and restarts', () => {
  test('never more than the rate: at once, and in a minute', () => {
    everyStory((world) => {
      for (const { step, before } of world.log) {
        const offers = step.decisions.filter((decision) => decision.isOffer)
        if (offers.length === 0 || world.plan.maxUpdating === null) continue
        const decided = new Map(step.decisions.map((decision) => [decision.deviceId, decision.record.state]))
        const updating = before.members.filter((member) =>
          isUpdating(decided.get(member.deviceId) ?? member.record.state),
        )
        expect(updating.length).toBeLessThanOrEqual(world.plan.maxUpdating)
      }
      if (world.plan.startsPerMinute !== null)
        for (const offers of world.offersByMinute.values())
          expect(offers).toBeLessThanOrEqual(world.plan.startsPerMinute)
    })
  })

  test('no offer in a phase before every phase before it passed, and none but while it runs', () => {
    everyStory((world) => {
      for (const { step } of world.log) {
        for (const offer of step.decisions.filter((decision) => decision.isOffer)) {
          expect(step.state).toBe('running')
          const earlier = step.phases.filter((phase) => phase.index < offer.phaseIndex)
          expect(earlier.every((phase) => phase.state === 'passed')).toBe(true)
          const own = step.phases[offer.phaseIndex]
          const needsApproval =
            offer.phaseIndex > 0 && world.plan.phases[offer.phaseIndex]?.approval === 'manual'
          if (needsApproval) expect(own?.isApproved).toBe(true)
        }
      }
    })
  })

  test('a terminal state is never left by a step; a member keeps its phase, and newcomers are in the last', () => {
    everyStory((world) => {
      const places = (members: readonly { deviceId: number; phaseIndex: number; position: number }[]) =>
        new Map(members.map((member) => [member.deviceId, [member.phaseIndex, member.position]]))
      const placeOf = places(world.log[0]?.before.members ?? [])
      for (const { step, before, after, isVerb } of world.log) {
        expect(places(after.members)).toEqual(places(before.members))
        for (const [deviceId, place] of places(before.members)) {
          const held = placeOf.get(deviceId)
          if (held) expect(place).toEqual(held)
          else expect(place[0]).toBe(world.plan.phases.length - 1)
          placeOf.set(deviceId, place)
        }
        // Verbs alone set ended devices on their way again.
        if (isVerb) continue
        const held = new Map(before.members.map((member) => [member.deviceId, member.record.state]))
        for (const { deviceId, record, isOffer } of step.decisions) {
          const was = held.get(deviceId)
          if (was !== undefined && isTerminal(was))
            expect({ record: record.state, isOffer }).toEqual({ record: was, isOffer: false })
        }
      }
    })
  })

  test('tallies that are kept equal tallies that are counted', () => {
    everyStory((world) => {
      const { situation, members } = world.store
      for (const phase of situation.phases)
        expect(phase.tally).toEqual(tallyOf(members.filter((member) => member.phaseIndex === phase.index)))
    })
  })

  test('who joins while it is under way takes part; who cannot is left out and never offered', () => {
    everyStory((world) => {
      const members = new Map(world.store.members.map((member) => [member.deviceId, member]))
      for (const { step } of world.log)
        for (const { deviceId, isOffer } of step.decisions)
          if (isOffer) expect(members.get(deviceId)?.record.reason ?? '').not.toContain('Cannot run it')
      for (const device of world.devices) {
        const member = members.get(device.deviceId)
        // It joined when the rollout was over, going back or aborted.
        if (!member) expect(device.target).toBe(device.formerTold)
      }
    })
  })

  test('every device ends in exactly one terminal state', () => {
    everyStory((world) => {
      bringToAnEnd(world)
      const { situation, members } = world.store
      expect(['completed', 'rolled-back', 'aborted']).toContain(situation.state)
      expect(members.filter((member) => !isTerminal(member.record.state))).toEqual([])
    })
  })

  test('rolling back gives every touched device the target that it had', () => {
    everyStory((world) => {
      const { state } = world.store.situation
      if (state !== 'rolling-back' && state !== 'rolled-back') {
        world.edit((situation) => ({ ...situation, state: 'rolling-back' }))
        world.rollBack()
      }
      bringToAnEnd(world)
      expect(world.store.situation.state).toBe('rolled-back')
      for (const device of world.devices) {
        expect(device.target).toBe(device.formerTold)
        expect(device.current).toBe(device.formerTarget)
      }
    })
  })

  test('a host OS that a device gave up is rolled back, never a success, and it is told what it was told', () => {
    everyStory((world) => {
      if (world.sends !== 'host-os') return
      bringToAnEnd(world)
      const isGivenUp = ({ behaviour }: { behaviour: string }) =>
        behaviour === 'bad-slot' || behaviour === 'bad-trial'
      const bad = new Set(world.devices.filter(isGivenUp).map((device) => device.deviceId))
      for (const { step } of world.log)
        for (const { deviceId, record } of step.decisions)
          if (bad.has(deviceId)) expect(record.state).not.toBe('succeeded')
      for (const member of world.store.members) {
        const device = world.devices.find((one) => one.deviceId === member.deviceId)
        if (member.record.state === 'rolled-back') expect(device?.target).toBe(device?.formerTold)
      }
    })
  })

  test('pause means no new offers', () => {
    everyStory((world) => {
      for (const { step, before } of world.log)
        if (before.situation.state !== 'running')
          expect(step.decisions.filter((decision) => decision.isOffer)).toEqual([])
    })
  })

  test('a step that was lost before it was stored changes nothing of what comes out', () => {
    const anyLosses = fc.array(fc.boolean(), { minLength: 45, maxLength: 45 })
    fc.assert(
      fc.property(
        anyPlan,
        anyDevices,
        anyStory,
        anyKind,
        anyLosses,
        (plan, devices, story, sends, losses) => {
          const calm = tell(makeWorld(plan, devices, sends), story, [])
          expect(tell(makeWorld(plan, devices, sends), story, losses)).toEqual(calm)
        },
      ),
      { numRuns },
    )
  })
})

test('a large phase is offered to in parts, so that reports of its devices wait for none of them long', () => {
  const world = makeWorld(inOnePhase, goodDevices(2 * OFFERS_PER_STEP + 1))
  const offers = () => world.step().decisions.filter((decision) => decision.isOffer).length
  expect([offers(), offers(), offers(), offers()]).toEqual([OFFERS_PER_STEP, OFFERS_PER_STEP, 1, 0])
})
