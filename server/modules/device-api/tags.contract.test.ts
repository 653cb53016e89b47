import { describe, expect, test } from 'vitest'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'
import { seedDevice } from '../../testing/fleet-seed.ts'

const t = deviceApiFixture()

describe('row 8: tags', () => {
  test('are merged; the device’s own telling is kept apart from labels', async () => {
    expect((await t.calls.tags(t.device, { 'hostos.slot': 'B', site: 'north' })).status).toBe(200)
    expect((await t.calls.tags(t.device, { site: 'south', rack: '7' })).status).toBe(200)
    expect(await t.stored()).toMatchObject({
      tags: { site: 'south', rack: '7' },
      device_facts: { 'hostos.slot': 'B' },
    })
  })
  test.each<[string, unknown]>([
    ['a key with white space', { 'a b': '1' }],
    ['an empty key', { '': '1' }],
    ['a value that is no text', { a: 1 }],
    ['a value that is too long', { a: 'x'.repeat(256) }],
    ['no object', 'x'],
  ])('%s is 400', async (_name, tags) => {
    expect((await t.calls.tags(t.device, tags)).status).toBe(400)
  })
  test('a wrong key and another device’s uuid are 401', async () => {
    const other = await seedDevice(t.app.db, t.fleet)
    expect((await t.calls.tags({ ...t.device, key: 'wrong' }, { a: 'b' })).status).toBe(401)
    expect((await t.calls.tags({ ...t.device, key: other.key }, { a: 'b' })).status).toBe(401)
  })
  test('a flood of tags is bounded', async () => {
    const tags = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, 'x']))
    expect((await t.calls.tags(t.device, tags)).status).toBe(200)
    expect(Object.keys((await t.stored()).tags)).toHaveLength(100)
  })
})
