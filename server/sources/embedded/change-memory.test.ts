import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change, DeviceAspect } from '../../platform/changes.ts'
import { ChangeMemory } from './change-memory.ts'

const change = (uuid: string, aspect: DeviceAspect = 'report'): Change => ({
  kind: 'device',
  deviceId: 1,
  uuid,
  fleetId: 1,
  aspects: new Set([aspect]),
})

test('after a position come the devices and releases that changed since, each once, the latest last', () => {
  const memory = new ChangeMemory(10)
  memory.note([change('a'), change('b')])
  const { position } = memory
  const none = { uuids: [], releaseIds: [], isMore: false }
  expect(memory.since(position, 10)).toEqual({ ...none, position })
  memory.note([change('b'), change('c'), change('b'), { kind: 'release', fleetId: 1, releaseId: 7 }])
  const changed = { ...none, uuids: ['c', 'b'], releaseIds: [7] }
  expect(memory.since(position, 10)).toEqual({ ...changed, position: memory.position })
})

test('health, events and keys are not told, and removed devices are not named', () => {
  const memory = new ChangeMemory(10)
  const { position } = memory
  memory.note([change('a', 'health'), change('b', 'event'), change('c', 'key'), change('d')])
  memory.note([{ kind: 'device-removed', deviceId: 1, uuid: 'd', fleetId: 1 }])
  expect(memory.since(position, 10)?.uuids).toEqual([])
})

test('a position of another process, from the future, forgotten or in no form is unknown', () => {
  const memory = new ChangeMemory(2)
  const { position } = memory
  memory.note([change('a'), change('b')])
  expect(memory.since(position, 10)?.uuids).toEqual(['a', 'b'])
  const held = memory.position
  memory.note([change('c')])
  expect(memory.since(position, 10)).toBeNull()
  expect(memory.since(held, 10)?.uuids).toEqual(['c'])
  expect(memory.since(new ChangeMemory(2).position, 10)).toBeNull()
  for (const text of ['', 'x', '.', `${held.split('.')[0] ?? ''}.99`, `${held}9`, `${held}x`])
    expect(memory.since(text, 10), text).toBeNull()
})

test('whoever follows positions page by page sees every change that was not forgotten', () => {
  const step = fc.record({
    uuids: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e')),
    limit: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const memory = new ChangeMemory(5)
      let { position } = memory
      const owed = new Set<string>()
      for (const { uuids, limit } of steps) {
        memory.note(uuids.map((uuid) => change(uuid)))
        for (const uuid of uuids) owed.add(uuid)
        const page = memory.since(position, limit)
        if (!page) throw new Error('nothing was forgotten')
        for (const uuid of page.uuids) owed.delete(uuid)
        expect(page.isMore).toBe(owed.size > 0)
        position = page.position
      }
    }),
  )
})
