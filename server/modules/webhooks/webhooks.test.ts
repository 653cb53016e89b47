import { createServer, type IncomingMessage, type Server } from 'node:http'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { webhookPayload, webhookTestPayload } from '#contract/webhook'
import type { Database } from '../../platform/db/database.ts'
import { emptyDatabase, describeOnStores } from '../../testing/databases.ts'
import { startTestApp, TestClock, type TestApp } from '../../testing/test-app.ts'
import { sign, waitMs } from './deliver.service.ts'

type Received = { headers: IncomingMessage['headers']; body: string }

describeOnStores('webhooks', ({ open }) => {
  let database: Database
  let app: TestApp
  let clock: TestClock
  let headers: { authorization: string }
  let receiver: Server
  let url: string
  let status: number
  let received: Received[]

  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload: object = {}) => {
    const answer = await app.app.inject({
      method,
      url: `/api/v1${path}`,
      headers,
      ...(method === 'GET' || method === 'DELETE' ? {} : { payload }),
    })
    return {
      status: answer.statusCode,
      body: answer.body === '' ? {} : answer.json<Record<string, unknown>>(),
    }
  }
  const deliver = () => app.runJob('send webhooks')

  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await emptyDatabase(database)
    clock = new TestClock()
    app = await startTestApp({ database, clock })
    headers = await app.as('admin')
    status = 204
    received = []
    receiver = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        received.push({ headers: request.headers, body })
        response.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const address = receiver.address()
    url = `http://127.0.0.1:${String(address !== null && typeof address === 'object' ? address.port : 0)}/hook`
  })
  afterEach(async () => {
    await new Promise((resolve) => receiver.close(resolve))
    await app.close()
  })

  /** A fleet with one device, a webhook on it, and a rollout that has been started. */
  async function startRollout(): Promise<{ secret: string; webhookId: number; rolloutId: number }> {
    const made = await call('POST', '/webhooks', { name: 'Chat', url })
    const fleetId = Number(
      (await call('POST', '/fleets', { name: 'Kiosks', deviceType: 'raspberrypi4-64' })).body['id'],
    )
    const releaseId = Number(
      (
        await call('POST', `/fleets/${fleetId}/releases`, {
          semver: '1.1.0',
          composeYaml: 'services:\n  main:\n    image: registry.example.com/main:1\n',
          isDraft: true,
        })
      ).body['id'],
    )
    await sql`
      insert into device (uuid, fleet_id, device_type, name, key_hash, connectivity)
      values (${'b'.repeat(32)}, ${fleetId}, 'raspberrypi4-64', 'one', 'key', 'online')`.execute(app.db)
    const rollout = await call('POST', `/fleets/${fleetId}/rollouts`, { releaseId, template: 'everyone now' })
    expect(rollout.status, JSON.stringify(rollout.body)).toBe(201)
    return {
      secret: String(made.body['secret']),
      webhookId: Number(made.body['id']),
      rolloutId: Number(rollout.body['id']),
    }
  }

  it('tells of a rollout, signed so that the receiver can be sure', async () => {
    const { secret, webhookId, rolloutId } = await startRollout()
    await deliver()
    expect(received).toHaveLength(1)
    const [first] = received
    const payload = webhookPayload.parse(JSON.parse(first?.body ?? ''))
    expect(payload).toMatchObject({
      event: 'rollout.started',
      rolloutId,
      fleet: { name: 'Kiosks' },
      actor: 'test admin',
    })
    const timestamp = String(first?.headers['x-wheelhouse-timestamp'])
    expect(first?.headers['x-wheelhouse-signature']).toBe(sign(secret, timestamp, first?.body ?? ''))
    await call('POST', `/rollouts/${rolloutId}/pause`, { reason: 'lunch' })
    await deliver()
    expect(webhookPayload.parse(JSON.parse(received[1]?.body ?? '')).summary).toBe(
      `Paused rollout ${rolloutId}: lunch`,
    )
    expect((await call('GET', `/webhooks/${webhookId}/deliveries`)).body['rows']).toMatchObject([
      { event: 'rollout.paused', state: 'delivered', statusCode: 204, attempts: 1 },
      { event: 'rollout.started', state: 'delivered' },
    ])
    expect(JSON.stringify((await call('GET', '/webhooks')).body)).not.toContain(secret)
  })

  it('tries again with longer and longer waits, gives up in the end, and sends once more when asked', async () => {
    status = 500
    const { webhookId } = await startRollout()
    await deliver()
    await deliver()
    expect(received).toHaveLength(1)
    for (let attempt = 1; attempt < 14; attempt++) {
      clock.advance(waitMs(attempt) + 1)
      await deliver()
    }
    expect(received).toHaveLength(14)
    const log = await call('GET', `/webhooks/${webhookId}/deliveries`)
    expect(log.body['rows']).toMatchObject([
      { state: 'failed', attempts: 14, statusCode: 500, error: 'It answered 500', nextAttemptAt: null },
    ])
    status = 204
    const [{ id }] = log.body['rows'] as [{ id: number }]
    expect((await call('POST', `/webhooks/${webhookId}/deliveries/${id}/redeliver`)).status).toBe(202)
    await deliver()
    expect((await call('GET', '/webhooks')).body['webhooks']).toMatchObject([
      { delivered: 1, failed: 0, waiting: 0 },
    ])
  })

  it('says why nothing answered, and sends nothing while switched off', async () => {
    const { webhookId } = await startRollout()
    await new Promise((resolve) => receiver.close(resolve))
    await deliver()
    const [row] = (await call('GET', `/webhooks/${webhookId}/deliveries`)).body['rows'] as [
      { error: string; state: string },
    ]
    expect(row).toMatchObject({ state: 'waiting', statusCode: null })
    expect(row.error).toContain('ECONNREFUSED')
    await new Promise<void>((resolve) => receiver.listen(Number(new URL(url).port), '127.0.0.1', resolve))
    await call('PATCH', `/webhooks/${webhookId}`, { isEnabled: false })
    clock.advance(3_600_000)
    await deliver()
    expect(received).toHaveLength(0)
    await call('PATCH', `/webhooks/${webhookId}`, { isEnabled: true })
    await deliver()
    expect(received).toHaveLength(1)
  })

  it('sends a test at once, also while switched off, and never again', async () => {
    const made = (await call('POST', '/webhooks', { name: 'Chat', url })).body
    const webhookId = Number(made['id'])
    await call('PATCH', `/webhooks/${webhookId}`, { isEnabled: false })
    const good = await call('POST', `/webhooks/${webhookId}/test`)
    expect(good.status).toBe(201)
    expect(good.body).toMatchObject({
      event: 'webhook.test',
      state: 'delivered',
      statusCode: 204,
      attempts: 1,
    })
    expect(webhookTestPayload.parse(JSON.parse(received[0]?.body ?? ''))).toMatchObject({
      webhook: { id: webhookId, name: 'Chat' },
      actor: 'test admin',
    })
    const timestamp = String(received[0]?.headers['x-wheelhouse-timestamp'])
    expect(received[0]?.headers['x-wheelhouse-signature']).toBe(
      sign(String(made['secret']), timestamp, received[0]?.body ?? ''),
    )
    status = 503
    expect((await call('POST', `/webhooks/${webhookId}/test`)).body).toMatchObject({
      state: 'failed',
      error: 'It answered 503',
      nextAttemptAt: null,
    })
    await call('PATCH', `/webhooks/${webhookId}`, { isEnabled: true })
    clock.advance(3_600_000)
    await deliver()
    expect(received).toHaveLength(2)
  })

  it('sends again under the same number: what was delivered from the start, what waits at once', async () => {
    const { webhookId } = await startRollout()
    const [{ id }] = (await call('GET', `/webhooks/${webhookId}/deliveries`)).body['rows'] as [{ id: number }]
    const again = `/webhooks/${webhookId}/deliveries/${id}/redeliver`
    status = 500
    await deliver()
    expect((await call('POST', again)).body).toMatchObject({ state: 'waiting', attempts: 1 })
    status = 204
    await deliver()
    expect(received).toHaveLength(2)
    expect((await call('POST', again)).body).toMatchObject({
      state: 'waiting',
      attempts: 0,
      finishedAt: null,
    })
    await deliver()
    expect(received.map((one) => one.headers['x-wheelhouse-delivery'])).toEqual(Array(3).fill(String(id)))
    await call('PATCH', `/webhooks/${webhookId}`, { isEnabled: false })
    expect((await call('POST', again)).body).toMatchObject({ status: 409, code: 'webhook-off' })
    expect((await call('POST', `/webhooks/${webhookId}/deliveries/999/redeliver`)).status).toBe(409)
    await call('PATCH', `/webhooks/${webhookId}`, { isEnabled: true })
    expect((await call('POST', `/webhooks/${webhookId}/deliveries/999/redeliver`)).status).toBe(404)
  })

  it('changes name, address, events and fleet, and says in the audit log what was changed', async () => {
    const { webhookId, rolloutId } = await startRollout()
    await deliver()
    const changed = await call('PATCH', `/webhooks/${webhookId}`, {
      name: 'Pager',
      url: `${url}/2`,
      events: ['rollout.aborted'],
    })
    expect(changed.body).toMatchObject({ name: 'Pager', url: `${url}/2`, events: ['rollout.aborted'] })
    await call('POST', `/rollouts/${rolloutId}/pause`)
    await call('POST', `/rollouts/${rolloutId}/abort`)
    await deliver()
    expect(received.map((one) => one.headers['x-wheelhouse-event'])).toEqual([
      'rollout.started',
      'rollout.aborted',
    ])
    await call('PATCH', `/webhooks/${webhookId}`, { name: 'Pager' })
    const audit = (await call('GET', '/audit?q=webhook.update')).body['rows'] as { summary: string }[]
    expect(audit.map((entry) => entry.summary)).toEqual([
      'Changed the webhook "Chat": name to "Pager", address, events',
    ])
    expect((await call('PATCH', `/webhooks/${webhookId}`, { events: [] })).status).toBe(400)
    expect((await call('PATCH', `/webhooks/${webhookId}`, { fleetId: 77 })).status).toBe(400)
    expect((await call('PATCH', '/webhooks/77', { name: 'x' })).status).toBe(404)
  })

  it('signs with a new key from the next attempt on', async () => {
    const { webhookId, secret } = await startRollout()
    const rolled = await call('POST', `/webhooks/${webhookId}/rotate-secret`)
    expect(rolled.body['secret']).not.toBe(secret)
    await deliver()
    const timestamp = String(received[0]?.headers['x-wheelhouse-timestamp'])
    expect(received[0]?.headers['x-wheelhouse-signature']).toBe(
      sign(String(rolled.body['secret']), timestamp, received[0]?.body ?? ''),
    )
  })

  it('pages through the log by state and event, with how many each would leave', async () => {
    const { webhookId, rolloutId } = await startRollout()
    await deliver()
    status = 500
    for (const verb of ['pause', 'resume', 'pause']) await call('POST', `/rollouts/${rolloutId}/${verb}`)
    await deliver()
    const list = (query: string) => call('GET', `/webhooks/${webhookId}/deliveries?${query}`)
    const first = await list('limit=3')
    expect(first.body).toMatchObject({
      rows: [{ event: 'rollout.paused' }, { event: 'rollout.resumed' }, { event: 'rollout.paused' }],
      counts: {
        state: { waiting: 3, delivered: 1 },
        event: { 'rollout.started': 1, 'rollout.paused': 2, 'rollout.resumed': 1 },
      },
    })
    const last = await list(`limit=3&after=${String(first.body['next'])}`)
    expect(last.body).toMatchObject({
      rows: [{ event: 'rollout.started', payload: { rolloutId } }],
      next: null,
    })
    const waiting = await list('state=waiting&event=rollout.paused,rollout.started')
    expect(waiting.body['rows']).toHaveLength(2)
    expect(waiting.body['counts']).toEqual({
      state: { waiting: 2, delivered: 1 },
      event: { 'rollout.paused': 2, 'rollout.resumed': 1 },
    })
    expect((await list('after=nonsense')).status).toBe(400)
  })

  it('refuses addresses that are not http and fleets that are not there', async () => {
    const refused = await call('POST', '/webhooks', { name: 'x', url: 'file:///etc/passwd' })
    expect(refused.status).toBe(400)
    expect(refused.body['errors']).toMatchObject([
      { field: 'body.url', reason: 'must be an http or https address' },
    ])
    expect((await call('POST', '/webhooks', { name: 'x', url, fleetId: 77 })).status).toBe(400)
    for (const [bad, reason] of [
      ['http://user:secret@hooks.example/', 'must not hold a user name or password'],
      ['http://169.254.169.254/latest', 'never called'],
    ] as const)
      expect(JSON.stringify((await call('POST', '/webhooks', { name: 'x', url: bad })).body)).toContain(
        reason,
      )
  })
})
