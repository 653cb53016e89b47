import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene } from '../../testing/scene.ts'

const MINUTE_MS = 60_000

describeOnStores('provisioning keys', ({ open }) => {
  let database: Database
  let scene: Scene
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })
  const lastAudit = async () => (await scene.admin.ok('listAudit', { query: { limit: 1 } })).rows[0]

  /** A new device registers with this key. */
  async function joinWith(fleetId: number, secret: string): Promise<number> {
    const answer = await scene.app.app.inject({
      method: 'POST',
      url: '/device/register',
      headers: { authorization: `Bearer ${secret}` },
      payload: {
        application: fleetId,
        uuid: randomBytes(16).toString('hex'),
        device_type: 'raspberrypi4-64',
      },
    })
    return answer.statusCode
  }

  test('a provisioning key shows its secret once, and joins devices until it ends', async () => {
    const fleet = await scene.fleet()
    const params = { fleetId: fleet.id }
    const expiresAt = new Date(scene.app.clock.now().getTime() + MINUTE_MS).toISOString()
    const key = await scene.admin.ok('createProvisioningKey', { params, body: { name: 'line 1', expiresAt } })
    expect(key.secret).toMatch(/^whp_/)
    const { keys } = await scene.admin.ok('listProvisioningKeys', { params })
    expect(keys).toEqual([expect.objectContaining({ id: key.id, name: 'line 1', expiresAt })])
    expect(JSON.stringify(keys)).not.toContain(key.secret)
    expect(
      JSON.stringify(await database.db.selectFrom('provisioning_key').selectAll().execute()),
    ).not.toContain(key.secret)
    const join = () => joinWith(fleet.id, key.secret)
    expect(await join()).toBe(201)
    scene.app.clock.advance(MINUTE_MS + 1)
    expect(await join()).toBe(401)
    await scene.admin.ok('revokeProvisioningKey', { params: { ...params, keyId: key.id } })
    expect((await scene.admin.ok('listProvisioningKeys', { params })).keys).toEqual([])
    await scene.admin.refused('revokeProvisioningKey', 404, { params: { ...params, keyId: key.id } })
    await scene.admin.refused('createProvisioningKey', 400, { params, body: { name: 'late', expiresAt } })
  })

  test('a provisioning key is replaced by another one, at once or after a while; devices are counted by key', async () => {
    const fleet = await scene.fleet()
    const params = { fleetId: fleet.id }
    const make = (name: string, more: object = {}) =>
      scene.admin.ok('createProvisioningKey', { params, body: { name, ...more } })
    const join = (secret: string) => joinWith(fleet.id, secret)
    const first = await make('line 1')
    expect([await join(first.secret), await join(first.secret)]).toEqual([201, 201])
    const second = await make('line 1', { reason: 'Every year', replaces: { keyId: first.id, inHours: 2 } })
    expect(await lastAudit()).toMatchObject({
      action: 'provisioning-key.rotate',
      subjectId: String(second.id),
      summary: 'Made the provisioning key line 1 in place of line 1: Every year',
      data: { reason: 'Every year', replacedId: first.id },
    })
    const listed = async () => (await scene.admin.ok('listProvisioningKeys', { params })).keys
    const end = new Date(scene.app.clock.now().getTime() + 120 * MINUTE_MS).toISOString()
    expect(await listed()).toMatchObject([
      { id: second.id, registered: 0, replacedAt: null, expiresAt: null },
      { id: first.id, registered: 2, replacedAt: scene.app.clock.now().toISOString(), expiresAt: end },
    ])
    expect([await join(first.secret), await join(second.secret)]).toEqual([201, 201])
    scene.app.clock.advance(121 * MINUTE_MS)
    expect([await join(first.secret), await join(second.secret)]).toEqual([401, 201])
    const third = await make('line 2', { replaces: { keyId: second.id, inHours: 0 } })
    expect([await join(second.secret), await join(third.secret)]).toEqual([401, 201])
    expect((await listed()).map(({ id, registered }) => [id, registered])).toEqual([
      [third.id, 1],
      [first.id, 3],
    ])
    const elsewhere = { fleetId: (await scene.fleet()).id }
    const body = { name: 'theirs', replaces: { keyId: third.id, inHours: 0 } }
    const problem = await scene.admin.refused('createProvisioningKey', 400, { params: elsewhere, body })
    expect(problem.errors?.[0]).toMatchObject({ field: 'body.replaces.keyId' })
    await scene.admin.ok('revokeProvisioningKey', {
      params: { ...params, keyId: third.id },
      query: { reason: 'Printed on a box' },
    })
    expect(await lastAudit()).toMatchObject({
      action: 'provisioning-key.revoke',
      summary: 'Revoked the provisioning key line 2: Printed on a box',
    })
  })
})
