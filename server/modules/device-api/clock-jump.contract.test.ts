import { expect, test } from 'vitest'
import { lateAfterMs } from '#contract/device-protocol'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const on = deviceApiFixture()

/** Polls, and tells figures, as a device does that is well. */
async function talk(): Promise<void> {
  expect((await on.calls.poll(on.device)).status).toBe(200)
  expect((await on.calls.report(on.device, { memory_usage: 100, storage_usage: 100 })).status).toBe(200)
  await on.app.deviceApi.flush()
}
const sweep = () => on.app.runJob('sweep devices')
async function silence() {
  const { poll_interval_ms } = await on.stored()
  on.app.clock.advance(lateAfterMs(poll_interval_ms) + MINUTE_MS)
  await sweep()
}
const standing = async () => {
  const { connectivity, health_reasons } = await on.stored()
  return { connectivity, reasons: health_reasons.map(({ code }) => code) }
}
const connectivityEvents = async () => (await on.events('connectivity')).length

test('a clock that is set an hour ahead makes no device silent, and no supervisor hang', async () => {
  await talk()
  const before = await standing()
  expect(before.connectivity).toBe('online')
  const events = await connectivityEvents()
  on.app.clock.jump(HOUR_MS)
  await sweep()
  expect(await standing()).toEqual(before)
  expect(await connectivityEvents()).toBe(events)
  // It goes on as before, and no gap is remembered that was none.
  on.app.clock.advance(MINUTE_MS)
  await talk()
  await sweep()
  expect(await standing()).toEqual(before)
  expect((await on.stored()).health_memory.networkDrops ?? []).toEqual([])
})

test('who does not come back after that is noticed when the time for it is up', async () => {
  await talk()
  on.app.clock.jump(HOUR_MS)
  await sweep()
  await silence()
  expect((await standing()).connectivity).toBe('offline')
})

test('after a clock was set back, who polls on is online, and who then falls silent is noticed in time', async () => {
  await talk()
  const events = await connectivityEvents()
  on.app.clock.jump(-HOUR_MS)
  await sweep()
  on.app.clock.advance(MINUTE_MS)
  await talk()
  await sweep()
  expect((await standing()).connectivity).toBe('online')
  expect((await on.stored()).last_poll_at).toEqual(on.app.clock.now())
  expect(await connectivityEvents()).toBe(events)
  await silence()
  expect((await standing()).connectivity).toBe('offline')
})

test('time that passes without a look is no jump', async () => {
  await talk()
  await silence()
  expect((await standing()).connectivity).toBe('offline')
})
