import { once } from 'node:events'
import { connect } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeLogger } from './platform/logger.ts'
import { hashSecret } from './platform/secrets.ts'
import { deviceCalls } from './testing/device-calls.ts'
import { DeviceSocket } from './testing/device-socket.ts'
import { seedUuid } from './testing/fleet-seed.ts'
import { startTestApp, type TestApp } from './testing/test-app.ts'
import { TestClient } from './testing/test-client.ts'

const tokenOf = (link: string | null) => new URL(link ?? '').hash.replace('#token=', '')

/** All that a gateway writes to its log at the finest level, and the secrets that went through it meanwhile. */
let app: TestApp
let url: string
let log = ''
const secrets = new Map<string, string>()
const secret = (name: string, value: string): string => {
  secrets.set(name, value)
  return value
}

beforeAll(async () => {
  app = await startTestApp({ logger: makeLogger('trace', { write: (line) => void (log += line) }) })
  url = await app.listen()
})
afterAll(() => app.close())

/** The first administrator is made by the link, signs in, and has a token; each also with something wrong. */
async function people(): Promise<{ admin: TestClient; bearer: string }> {
  const anybody = new TestClient(app, {})
  const token = secret('setup link', tokenOf(await app.setupLink()))
  const password = secret('password', 'lanterns over fjord 93 quietly')
  const person = { name: 'Ada Admin', email: 'ada@example.com' }
  await anybody.ok('completeSetup', { body: { token, ...person, password } })
  const again = await anybody.send('completeSetup', { body: { token, ...person, password } })
  expect(again.statusCode).toBeGreaterThanOrEqual(400)
  const wrong = secret('wrong password', 'lanterns under fjord 93 loudly')
  await anybody.refused('signIn', 401, { body: { email: person.email, password: wrong } })
  const signedIn = await anybody.send('signIn', { body: { email: person.email, password } })
  expect(signedIn.statusCode).toBe(200)
  const [cookie] = signedIn.cookies
  const session = secret('session', cookie?.value ?? '')
  const { csrfToken } = signedIn.json<{ csrfToken: string }>()
  const admin = new TestClient(app, {
    cookie: `${cookie?.name ?? ''}=${session}`,
    'x-csrf-token': secret('csrf token', csrfToken),
  })
  await admin.ok('getMe')
  const code = await admin.ok('beginTotp', { body: { password } })
  secret('authenticator', code.secret)
  const access = { everywhere: 'admin' as const, fleets: [] }
  const user = await admin.ok('createUser', {
    body: {
      name: 'Bo',
      email: 'bo@example.com',
      access,
      password: secret('password of Bo', 'seven kayaks drift past ostend'),
    },
  })
  const link = await admin.ok('createSignInLink', { params: { userId: user.id } })
  const body = { token: secret('one-time link', tokenOf(link.url)) }
  await anybody.ok('signInByLink', { body })
  await anybody.refused('signInByLink', 401, { body })
  const made = await admin.ok('createApiToken', { body: { name: 'script', access } })
  const bearer = secret('API token', made.secret)
  const guessed = secret('guessed token', 'wh_guessed-by-somebody')
  await new TestClient(app, { authorization: `Bearer ${bearer}` }).ok('listFleets')
  await new TestClient(app, { authorization: `Bearer ${guessed}` }).refused('listFleets', 401)
  return { admin, bearer }
}

/** A device registers, speaks, changes its key and is refused; its keys come in headers, addresses, bodies and sockets. */
async function devices(admin: TestClient): Promise<void> {
  const { id: fleetId } = await admin.ok('createFleet', {
    body: { name: 'Field stations', deviceType: 'raspberrypi4-64' },
  })
  const made = await admin.ok('createProvisioningKey', { params: { fleetId }, body: { name: 'factory' } })
  const provisioning = secret('provisioning key', made.secret)
  const calls = deviceCalls(url)
  const uuid = seedUuid()
  const key = secret('device key', seedUuid())
  const body = { application: fleetId, uuid, device_type: 'raspberrypi4-64', api_key: key }
  const registered = await calls.post(`/device/register?apikey=${provisioning}`, { body })
  expect(registered.status).toBe(201)
  const { id } = registered.json() as { id: number }
  expect((await calls.get(`/device/v3/${uuid}/state?apikey=${key}`)).status).toBe(200)
  const stranger = secret('unknown key', seedUuid())
  expect((await calls.get(`/device/v3/${uuid}/state?apikey=${stranger}`)).status).toBe(401)
  expect((await calls.report({ uuid, key: stranger }, { status: 'Idle' })).status).toBe(401)
  const next = secret('exchanged key', seedUuid())
  const exchanged = await calls.post(`/api-key/device/${id}/device-key`, {
    key: provisioning,
    body: { apiKey: next },
  })
  expect(exchanged.status).toBe(200)
  const opened = await new DeviceSocket(url, { uuid, key: next }).connect()
  await expect(new DeviceSocket(url, { uuid, key: stranger }).connect()).rejects.toThrow('unauthorized')
  await app.actions.flush()
  await admin.ok('createAction', { params: { uuid }, body: { kind: 'rotate-key' } })
  await vi.waitFor(() => expect(opened.begun).toHaveLength(1))
  const rotated = secret('rotated key', seedUuid())
  const told = await calls.post(`/api-key/device/${id}/device-key`, { key: next, body: { apiKey: rotated } })
  expect(told.status).toBe(200)
  expect((await calls.poll({ uuid, key: rotated })).status).toBe(200)
  await admin.ok('changeDeviceKey', { params: { uuid }, body: { change: 'revoke', reason: 'Lost' } })
  expect((await calls.poll({ uuid, key: rotated })).status).toBe(401)
}

/** What fails inside, with a secret in its hands. */
async function failures(admin: TestClient): Promise<void> {
  const { fleets } = await admin.ok('listFleets')
  const params = { fleetId: fleets[0]?.id ?? 0 }
  await sql.raw(`alter table variable add constraint none_kept check (value = '')`).execute(app.db)
  const value = secret('variable', 'value-of-a-masked-variable')
  const body = { kind: 'environment' as const, name: 'DB_PASSWORD', value }
  await admin.refused('setFleetVariable', 500, { params, body })
}

/** Bytes that are no HTTP, with a key among them. */
async function garbage(bearer: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).resume()
  socket.write(`GET /api/v1/fleets HTTP/1.1\r\nauthorization: Bearer ${bearer}\r\nno header at all\r\n\r\n`)
  await once(socket, 'close')
  const calls = deviceCalls(url)
  expect((await calls.post('/api/v1/session', { raw: `{"password": "${bearer}"` })).status).toBe(400)
}

test('no secret is in the log at the finest level, nor what it is recognised by', async () => {
  const { admin, bearer } = await people()
  await devices(admin)
  await failures(admin)
  await garbage(bearer)
  // The log is that of this gateway, and has what went wrong.
  expect(log).toContain('a request failed')
  expect(log).toContain('none_kept')
  expect(log).toContain('an unreadable request')
  expect(secrets.size).toBeGreaterThan(15)
  for (const [name, value] of secrets) {
    expect(value, name).not.toBe('')
    const bytes = Buffer.from(value)
    for (const form of [
      value,
      hashSecret(value),
      bytes.toString('base64'),
      bytes.join(','),
      encodeURIComponent(value),
    ])
      expect(log.includes(form), `${name} is in the log`).toBe(false)
  }
})
