import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scene, type SceneDevice } from '../../testing/scene.ts'
import { TestClient } from '../../testing/test-client.ts'

let scene: Scene
let device: SceneDevice
beforeAll(async () => {
  scene = await Scene.open()
  const [one] = await scene.devices(await scene.fleet(), 1)
  if (!one) throw new Error('no device')
  device = one
})
afterAll(() => scene.close())

const params = () => ({ uuid: device.uuid })
const person = async (role: 'support' | 'admin' | 'viewer') =>
  new TestClient(scene.app, await scene.app.signedIn(role))
const audit = async () => (await scene.admin.ok('listAudit', { query: { limit: 1 } })).rows[0]

test('notes have their author, are read by all and changed by their author or an administrator', async () => {
  const [ann, bob, boss, viewer] = [
    await person('support'),
    await person('support'),
    await person('admin'),
    await person('viewer'),
  ]
  const note = await ann.ok('createDeviceNote', {
    params: params(),
    body: { body: '  **Roof**, ladder\nneeded ' },
  })
  expect(note).toMatchObject({
    body: '**Roof**, ladder\nneeded',
    author: 'Person support',
    isOwn: true,
    revision: 1,
  })
  expect(await audit()).toMatchObject({ action: 'device.note.create', subjectId: device.uuid })
  expect((await audit())?.summary).toContain('Noted: **Roof**, ladder')
  const noteParams = { ...params(), noteId: note.id }
  expect((await viewer.ok('listDeviceNotes', { params: params() })).notes[0]).toMatchObject({
    id: note.id,
    isOwn: false,
  })
  await viewer.refused('createDeviceNote', 403, { params: params(), body: { body: 'mine' } })
  const edit = { params: noteParams, body: { body: 'Cellar', revision: 1 } }
  expect((await bob.refused('editDeviceNote', 403, edit)).detail).toContain('Person support')
  await bob.refused('deleteDeviceNote', 403, { params: noteParams })
  expect(await ann.ok('editDeviceNote', edit)).toMatchObject({
    body: 'Cellar',
    revision: 2,
    editedBy: 'Person support',
  })
  await boss.ok('editDeviceNote', { params: noteParams, body: { body: 'Attic', revision: 2 } })
  await boss.ok('deleteDeviceNote', { params: noteParams })
  expect((await ann.ok('listDeviceNotes', { params: params() })).notes).toEqual([])
  expect(await audit()).toMatchObject({ action: 'device.note.delete' })
})

test('who edits what somebody else changed meanwhile is told, and nothing is overwritten', async () => {
  const [ann, boss] = [await person('support'), await person('admin')]
  const note = await ann.ok('createDeviceNote', { params: params(), body: { body: 'first' } })
  const noteParams = { ...params(), noteId: note.id }
  const [one, two] = await Promise.all([
    ann.send('editDeviceNote', { params: noteParams, body: { body: 'from Ann', revision: 1 } }),
    boss.send('editDeviceNote', { params: noteParams, body: { body: 'from the boss', revision: 1 } }),
  ])
  expect([one.statusCode, two.statusCode].sort()).toEqual([200, 409])
  const { notes } = await ann.ok('listDeviceNotes', { params: params() })
  expect(notes[0]?.body).toBe(one.statusCode === 200 ? 'from Ann' : 'from the boss')
  const refusal = await ann.refused('editDeviceNote', 409, {
    params: noteParams,
    body: { body: 'late', revision: 1 },
  })
  expect(refusal).toMatchObject({ code: 'note-changed' })
  expect(refusal.detail).toContain('changed this note meanwhile')
})

test('a note of nothing, of another device or of none is refused in words; hostile text is kept as it is', async () => {
  const ann = await person('support')
  expect(
    (await ann.refused('createDeviceNote', 400, { params: params(), body: { body: ' \n ' } })).errors?.[0]
      ?.field,
  ).toBe('body.body')
  await ann.refused('createDeviceNote', 400, { params: params(), body: { body: 'x'.repeat(20_001) } })
  await ann.refused('createDeviceNote', 404, { params: { uuid: '0'.repeat(32) }, body: { body: 'lost' } })
  const hostile = '<img src=x onerror=alert(1)> [go](javascript:alert(1))'
  const note = await ann.ok('createDeviceNote', { params: params(), body: { body: hostile } })
  expect(note.body).toBe(hostile)
  const [other] = await scene.devices(await scene.fleet(), 1)
  await ann.refused('editDeviceNote', 404, {
    params: { uuid: other?.uuid ?? '', noteId: note.id },
    body: { body: 'elsewhere', revision: 1 },
  })
})

test('whoever looks at the device learns that its notes changed', async () => {
  const read = async () => (await scene.admin.ok('getDevice', { params: params() })).device
  const before = await read()
  scene.app.clock.advance(1000)
  await (await person('support')).ok('createDeviceNote', { params: params(), body: { body: 'news' } })
  const after = await read()
  expect(after.notesChangedAt).not.toBe(before.notesChangedAt)
  expect(after.revision).toBeGreaterThan(before.revision)
})
