import { expect, test } from 'vitest'
import { goodDevices, inOnePhase, makeWorld } from './testing/rollout-stories.ts'
import { OFFERS_PER_STEP } from './engine/step.engine.ts'
import { hasMoreToOffer } from './rollout-waiting.service.ts'

/** Asks after a step that offered to nobody, beside others that wait; `read`: how many it looked at, of `asked`. */
function hasMore(read: number, asked: number): boolean {
  const world = makeWorld(inOnePhase, goodDevices(2 * OFFERS_PER_STEP))
  const step = { ...world.step(), events: [], decisions: [] }
  const [member] = world.store.members
  const members = Array.from({ length: read }, () => ({ ...member!, seen: world.observe(world.devices[0]!) }))
  return hasMoreToOffer(step, inOnePhase, { members, asked, windowOpensAtMs: null }, new Date(world.nowMs))
}

test('those that were read may all have gone offline in the same step: others that wait are offered to at once', () => {
  expect(hasMore(3, 3)).toBe(true)
})
test('fewer wait than were asked for: nobody else may be offered it now', () => {
  expect(hasMore(2, 3)).toBe(false)
})
