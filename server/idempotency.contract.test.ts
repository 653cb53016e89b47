import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { KEY_HEADER } from '#contract/api-root'
import { keyProblems, REPLAYED_HEADER, takesKey } from '#contract/idempotency'
import type { Route } from '#contract/route'
import { routes } from '#contract/routes'
import type { FleetSummary } from '#contract/fleet'
import type { Database } from './platform/db/database.ts'
import { describeOnPostgres, describeOnStores } from './testing/databases.ts'
import { Scene, type SceneDevice } from './testing/scene.ts'
import { problemOf, TestClient } from './testing/test-client.ts'
import { twoGateways } from './testing/two-gateways.ts'
import { makeWalledFleet } from './testing/walled-fleet.ts'

const HOUR_MS = 3_600_000

/** The same caller, sending a key with everything. */
const withKey = (client: TestClient, key: string) =>
  new TestClient(client.app, { ...client.headers, [KEY_HEADER]: key })
const isReplayed = (answer: { headers: Record<string, unknown> }) =>
  answer.headers[REPLAYED_HEADER] === 'true'

describeOnStores('a write with an idempotency key', ({ open }) => {
  let database: Database
  let scene: Scene
  let fleet: FleetSummary
  let device: SceneDevice
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
    fleet = await scene.fleet()
    const [one] = await scene.devices(fleet, 1)
    if (!one) throw new Error('no device')
    device = one
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })

  const noteOf = (body: string) => ({ params: { uuid: device.uuid }, body: { body } })
  const notes = async (text: string) =>
    (await scene.admin.ok('listDeviceNotes', { params: { uuid: device.uuid } })).notes.filter(
      ({ body }) => body === text,
    )

  test('is answered the same again, without a second effect', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    const first = await keyed.send('createDeviceNote', noteOf('once'))
    expect([first.statusCode, isReplayed(first)]).toEqual([201, false])
    const again = await keyed.send('createDeviceNote', noteOf('once'))
    expect([again.statusCode, again.body, isReplayed(again)]).toEqual([201, first.body, true])
    expect(again.headers['content-type']).toBe(first.headers['content-type'])
    expect(await notes('once')).toHaveLength(1)
  })

  test('is another write without the key, or with another key', async () => {
    await scene.admin.ok('createDeviceNote', noteOf('thrice'))
    for (const key of [randomUUID(), randomUUID()])
      await withKey(scene.admin, key).ok('createDeviceNote', noteOf('thrice'))
    expect(await notes('thrice')).toHaveLength(3)
  })

  test('is refused when the key names another body or another address', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    await keyed.ok('createDeviceNote', noteOf('mine'))
    const problem = await keyed.refused('createDeviceNote', 422, noteOf('another'))
    expect(problem).toMatchObject({
      code: keyProblems.otherRequest,
      errors: [{ field: `headers.${KEY_HEADER}` }],
    })
    await keyed.refused('updateFleet', 422, { params: { fleetId: fleet.id }, body: { name: 'Other' } })
    expect(await notes('another')).toEqual([])
  })

  test.each(['short', 'with a space in it', 'x'.repeat(65)])(
    'is refused with what is no key: %s',
    async (key) => {
      const problem = await withKey(scene.admin, key).refused('createDeviceNote', 400, noteOf('no key'))
      expect(problem.detail).toContain(KEY_HEADER)
      expect(await notes('no key')).toEqual([])
    },
  )

  test('knows the keys of others as little as they know this one', async () => {
    const key = randomUUID()
    const people = [
      scene.admin,
      new TestClient(scene.app, await scene.app.signedIn('admin')),
      new TestClient(scene.app, await scene.app.signedIn('admin')),
      await scene.as('admin'),
    ]
    for (const person of people) await withKey(person, key).ok('createDeviceNote', noteOf('each'))
    for (const person of people) await withKey(person, key).ok('createDeviceNote', noteOf('each'))
    expect(await notes('each')).toHaveLength(people.length)
  })

  test('has one effect when it is sent many times at once, and every answer says so', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => keyed.send('createDeviceNote', noteOf('at once'))),
    )
    expect(await notes('at once')).toHaveLength(1)
    const [note] = await notes('at once')
    for (const answer of answers) {
      if (answer.statusCode === 201) expect(answer.json()).toMatchObject({ id: note?.id })
      else {
        expect(problemOf(answer)).toMatchObject({ status: 409, code: keyProblems.inUse })
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      }
    }
    expect(answers.filter((answer) => answer.statusCode === 201 && !isReplayed(answer))).toHaveLength(1)
    expect((await keyed.ok('createDeviceNote', noteOf('at once'))).id).toBe(note?.id)
  })

  test('leaves neither key nor effect when its transaction is rolled back', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    const db = scene.app.db
    // What fails is the last statement of the transaction: the key was taken before.
    await sql`create function fail_once() returns trigger language plpgsql as
      $$ begin raise exception 'the store fails'; end $$`.execute(db)
    await sql`create trigger audit_fails before insert on audit_entry for each row execute function fail_once()`.execute(
      db,
    )
    await keyed.refused('createDeviceNote', 500, noteOf('rolled back'))
    await sql`drop trigger audit_fails on audit_entry`.execute(db)
    await sql`drop function fail_once()`.execute(db)
    expect(await notes('rolled back')).toEqual([])
    const repeated = await keyed.send('createDeviceNote', noteOf('rolled back'))
    expect([repeated.statusCode, isReplayed(repeated)]).toEqual([201, false])
    expect(await notes('rolled back')).toHaveLength(1)
  })

  test('whose gateway ended between effect and answer is not done again', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    const { id } = await keyed.ok('createDeviceNote', noteOf('no answer'))
    // As it stands when the gateway is killed after the commit.
    await scene.app.db
      .updateTable('idempotency_key')
      .set({ state: 'claimed', status: null, answer: null })
      .where('answer', 'like', `%"id":${String(id)},%`)
      .execute()
    const early = await keyed.send('createDeviceNote', noteOf('no answer'))
    expect(problemOf(early)).toMatchObject({ status: 409, code: keyProblems.inUse })
    expect(early.headers['retry-after']).toBe('1')
    scene.app.clock.advance(31_000)
    const late = await keyed.refused('createDeviceNote', 409, noteOf('no answer'))
    expect(late).toMatchObject({ code: keyProblems.answerGone })
    expect(late.detail).toContain('done already')
    expect(await notes('no answer')).toHaveLength(1)
  })

  test('that was refused is refused the same again, also when it would be possible by now', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    const taken = { body: { name: fleet.name, deviceType: 'raspberrypi4-64' } }
    const first = await keyed.send('createFleet', taken)
    expect(first.statusCode).toBe(409)
    const again = await keyed.send('createFleet', taken)
    expect([problemOf(again), isReplayed(again)]).toEqual([problemOf(first), true])
  })

  test('that may not be done yet is not remembered', async () => {
    const viewer = await scene.as('viewer')
    const keyed = withKey(viewer, randomUUID())
    await keyed.refused('createDeviceNote', 403, noteOf('not yet'))
    await scene.app.db
      .updateTable('api_token')
      .set({ role: 'admin' })
      .where('name', '=', 'test viewer')
      .execute()
    await keyed.ok('createDeviceNote', noteOf('not yet'))
    await scene.app.db
      .updateTable('api_token')
      .set({ role: 'viewer' })
      .where('name', '=', 'test viewer')
      .execute()
  })

  test('keeps no secret: its repeat says that it was done and the secret is shown no more', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    const ask = { params: { fleetId: fleet.id }, body: { name: 'factory floor' } }
    const { secret } = await keyed.ok('createProvisioningKey', ask)
    const problem = await keyed.refused('createProvisioningKey', 409, ask)
    expect(problem.code).toBe(keyProblems.shownOnce)
    expect(problem.detail).toMatch(/done already.*shown once/)
    const rows = await scene.app.db.selectFrom('idempotency_key').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(secret)
    const { keys } = await scene.admin.ok('listProvisioningKeys', { params: ask.params })
    expect(keys.filter(({ name }) => name === 'factory floor')).toHaveLength(1)
  })

  test('that deletes is answered again by those for whom there is nothing left to see', async () => {
    const own = await scene.fleet()
    const headers = await scene.app.as('admin', own.id)
    const keyed = withKey(new TestClient(scene.app, headers), randomUUID())
    const ask = { params: { fleetId: own.id } }
    expect((await keyed.send('deleteFleet', ask)).statusCode).toBe(204)
    const again = await keyed.send('deleteFleet', ask)
    expect([again.statusCode, isReplayed(again)]).toEqual([204, true])
  })

  test('is known for a day, and forgotten by the job then', async () => {
    const keyed = withKey(scene.admin, randomUUID())
    await keyed.ok('createDeviceNote', noteOf('daily'))
    scene.app.clock.advance(23 * HOUR_MS)
    await scene.app.runJob('prune idempotency keys')
    expect(isReplayed(await keyed.send('createDeviceNote', noteOf('daily')))).toBe(true)
    scene.app.clock.advance(2 * HOUR_MS)
    await scene.app.runJob('prune idempotency keys')
    expect(isReplayed(await keyed.send('createDeviceNote', noteOf('daily')))).toBe(false)
    expect(await notes('daily')).toHaveLength(2)
  })
})

test('the description of the API tells of the key where it is taken', async () => {
  const scene = await Scene.open()
  const answer = await scene.app.app.inject({ url: '/api/v1/openapi.json' })
  const operation = z.object({ parameters: z.array(z.object({ name: z.string(), in: z.string() })) })
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), operation)) })
    .parse(answer.json())
  const takes = (path: string, method: string) =>
    paths[path]?.[method]?.parameters.some((one) => one.in === 'header' && one.name === KEY_HEADER)
  expect(takes('/api/v1/devices/{uuid}/notes', 'post')).toBe(true)
  expect(takes('/api/v1/devices/{uuid}/notes', 'get')).toBe(false)
  expect(takes('/api/v1/session', 'post')).toBe(false)
  expect(takes('/api/v1/backup', 'post')).toBe(false)
  await scene.close()
})

test('every answer that holds a secret says so, and is not kept', () => {
  const secrets = ['secret', 'recoveryCodes']
  for (const [name, route] of Object.entries<Route>(routes)) {
    const fields = route.response instanceof z.ZodObject ? Object.keys(route.response.shape) : []
    if (takesKey(route) && fields.some((field) => secrets.includes(field)))
      expect(route.answersSecret, name).toBe(true)
  }
})

describe('whatever is recorded of a call with a key', () => {
  test('has taken the key in the same transaction', async () => {
    const scene = await Scene.open()
    const { admin, app } = scene
    await sql`create function demand_key() returns trigger language plpgsql as $$ begin
      if not exists (select 1 from idempotency_key where xmin = pg_current_xact_id()::xid and state = 'claimed') then
        raise exception 'recorded without its key: %', new.action;
      end if;
      return new;
    end $$`.execute(app.db)
    await sql`create trigger audit_with_key before insert on audit_entry for each row
      when (new.actor_kind = 'api-token') execute function demand_key()`.execute(app.db)
    // A key of its own for each call.
    Object.defineProperty(admin.headers, KEY_HEADER, { get: () => randomUUID(), enumerable: true })
    const { fleet, rolloutId, device } = await makeWalledFleet(scene)
    await admin.ok('actOnRollout', { params: { rolloutId, verb: 'pause' }, body: {} })
    const user = await admin.ok('createUser', {
      body: {
        name: 'Somebody',
        email: 'somebody@example.com',
        password: 'a long enough password',
        access: { everywhere: 'viewer', fleets: [] },
      },
    })
    await admin.ok('updateUser', { params: { userId: user.id }, body: { name: 'Another' } })
    await admin.ok('createSignInLink', { params: { userId: user.id } })
    await admin.ok('createGroup', {
      body: { name: 'Night shift', access: { everywhere: 'support', fleets: [] }, memberIds: [user.id] },
    })
    await admin.ok('createWebhook', { body: { name: 'Chat', url: 'https://chat.example/hook' } })
    const variable = { kind: 'environment' as const, service: null, name: 'SITE', value: 'roof' }
    await admin.ok('setFleetVariable', { params: { fleetId: fleet.id }, body: variable })
    await admin.ok('setDeviceVariable', { params: { uuid: device.uuid }, body: variable })
    await admin.ok('setLogRetention', { params: { fleetId: fleet.id }, body: { days: 3, bytes: null } })
    await admin.ok('deleteDevice', { params: { uuid: device.uuid } })
    const { rows } = await admin.ok('listAudit', { query: { limit: 200 } })
    expect(rows.length).toBeGreaterThan(15)
    await scene.close()
  })
})

describeOnPostgres('a key at two gateways', ({ open }) => {
  const on = twoGateways(open)

  test('lets one of them do what is asked, and both answer it', async () => {
    const headers = { ...(await on.one.as('admin')), [KEY_HEADER]: randomUUID() }
    const at = [new TestClient(on.one, headers), new TestClient(on.other, headers)]
    const ask = { body: { name: 'Asked twice', deviceType: 'raspberrypi4-64' } }
    const answers = await Promise.all(at.map((client) => client.send('createFleet', ask)))
    expect(answers.filter((answer) => answer.statusCode === 201 && !isReplayed(answer))).toHaveLength(1)
    const ids = await Promise.all(at.map(async (client) => (await client.ok('createFleet', ask)).id))
    expect(new Set(ids).size).toBe(1)
    const { rows } = await new TestClient(on.one, await on.one.as('admin')).ok('listAudit', {
      query: { limit: 200 },
    })
    expect(rows.filter(({ action }) => action === 'fleet.create')).toHaveLength(1)
  })
})
