import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Access, Role } from '#contract/role'
import type { FleetSummary } from '#contract/fleet'
import { LivePage } from '../../testing/live-page.ts'
import { Scene } from '../../testing/scene.ts'
import { TestClient } from '../../testing/test-client.ts'

const PASSWORD = 'a long enough password'
const nothing: Access = { everywhere: null, fleets: [] }

describe('what people may do, by themselves and by their groups', () => {
  let scene: Scene
  let url: string
  let first: FleetSummary
  let second: FleetSummary
  const pages: LivePage[] = []
  beforeAll(async () => {
    scene = await Scene.open()
    url = await scene.app.listen()
    first = await scene.fleet()
    second = await scene.fleet()
  })
  afterAll(() => scene.close())
  afterEach(() => {
    for (const page of pages.splice(0)) page.close()
  })

  let serial = 0
  const add = (access: Access) =>
    scene.admin.ok('createUser', {
      body: {
        name: 'Somebody',
        email: `somebody-${String(++serial)}@example.com`,
        access: { everywhere: access.everywhere, fleets: [...access.fleets] },
        password: PASSWORD,
      },
    })
  const signIn = async (email: string, userAgent = 'a browser') => {
    const answer = await scene.app.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { 'user-agent': userAgent },
      payload: { email, password: PASSWORD },
    })
    expect(answer.statusCode, answer.body).toBe(200)
    const [cookie] = answer.cookies
    return new TestClient(scene.app, {
      cookie: `${cookie?.name ?? ''}=${cookie?.value ?? ''}`,
      'x-csrf-token': answer.json<{ csrfToken: string }>().csrfToken,
    })
  }
  const seen = async (client: TestClient) =>
    (await client.ok('listFleets')).fleets.map(({ id }) => id).sort((a, b) => a - b)
  const roleIn = (fleet: FleetSummary, role: Role) => ({ fleetId: fleet.id, role })
  const open = async (client: TestClient) => {
    const page = await new LivePage(url, client.headers).connect()
    pages.push(page)
    return page
  }

  test('a role in a fleet shows that fleet alone; groups add to it, and take it away again', async () => {
    const user = await add({ everywhere: null, fleets: [roleIn(first, 'viewer')] })
    const person = await signIn(user.email)
    expect(await seen(person)).toEqual([first.id])
    expect((await person.ok('getMe')).user).toMatchObject({
      role: 'viewer',
      access: { everywhere: null, fleets: [roleIn(first, 'viewer')] },
    })
    const group = await scene.admin.ok('createGroup', {
      body: {
        name: 'Night shift',
        access: { everywhere: null, fleets: [roleIn(second, 'support'), roleIn(first, 'admin')] },
        memberIds: [user.id],
      },
    })
    expect(await seen(person)).toEqual([first.id, second.id])
    // The higher of two roles counts.
    await person.ok('updateFleet', { params: { fleetId: first.id }, body: { name: 'Renamed by a group' } })
    await person.refused('updateFleet', 403, { params: { fleetId: second.id }, body: { name: 'No' } })
    expect((await scene.admin.ok('listUsers')).users.find(({ id }) => id === user.id)).toMatchObject({
      groupIds: [group.id],
      access: { everywhere: null, fleets: [roleIn(first, 'viewer')] },
    })
    await scene.admin.ok('updateGroup', {
      params: { groupId: group.id },
      body: { access: { everywhere: 'viewer', fleets: [] } },
    })
    await person.refused('updateFleet', 403, { params: { fleetId: first.id }, body: { name: 'No' } })
    expect(await seen(person)).toEqual([first.id, second.id])
    await scene.admin.ok('deleteGroup', { params: { groupId: group.id } })
    expect(await seen(person)).toEqual([first.id])
    await scene.admin.refused('deleteGroup', 404, { params: { groupId: group.id } })
  })

  test('a group has a name of its own, and only members and fleets that are there', async () => {
    const body = { name: 'Day shift', access: { everywhere: null, fleets: [] }, memberIds: [] }
    await scene.admin.ok('createGroup', { body })
    const taken = await scene.admin.refused('createGroup', 409, { body: { ...body, name: 'DAY shift' } })
    expect(taken.errors?.[0]?.field).toBe('body.name')
    const [other] = [await scene.admin.ok('createGroup', { body: { ...body, name: 'Other' } })]
    await scene.admin.refused('updateGroup', 409, {
      params: { groupId: other.id },
      body: { name: 'day shift' },
    })
    const noMember = await scene.admin.refused('createGroup', 400, {
      body: { ...body, name: 'New', memberIds: [99_999] },
    })
    expect(noMember.errors?.[0]?.field).toBe('body.memberIds.0')
    const noFleet = await scene.admin.refused('createGroup', 400, {
      body: {
        ...body,
        name: 'New',
        access: { everywhere: null, fleets: [{ fleetId: 99_999, role: 'viewer' }] },
      },
    })
    expect(noFleet.errors?.[0]?.field).toBe('body.access.fleets.0.fleetId')
    const twice = [roleIn(first, 'viewer'), roleIn(first, 'admin')]
    await scene.admin.refused('createGroup', 400, {
      body: { ...body, name: 'New', access: { everywhere: null, fleets: twice } },
    })
    // Nothing of what was refused is left.
    const { groups } = await scene.admin.ok('listGroups')
    expect(groups.map(({ name }) => name)).toEqual(['Day shift', 'Other'])
  })

  test('whoever has no role may sign in, and sees nothing', async () => {
    const user = await add(nothing)
    const person = await signIn(user.email)
    await person.ok('getMe')
    await person.refused('listFleets', 403)
    const page = await open(person)
    expect(await page.subscribe('w', { kind: 'fleets' })).toMatchObject({ ok: false })
  })

  test('rights that changed end the open pages of that person, who then watches as what they are now', async () => {
    const user = await add({ everywhere: 'viewer', fleets: [] })
    const person = await signIn(user.email)
    const bystander = await open(await signIn((await add({ everywhere: 'viewer', fleets: [] })).email))
    const page = await open(person)
    expect(await page.subscribe('w', { kind: 'fleet', fleetId: second.id })).toMatchObject({ ok: true })
    await scene.admin.ok('updateUser', {
      params: { userId: user.id },
      body: { access: { everywhere: null, fleets: [roleIn(first, 'viewer')] } },
    })
    await vi.waitFor(() => expect(page.socket.connected).toBe(false))
    expect(page.goodbyes).toEqual(['rights-changed'])
    expect(bystander.socket.connected).toBe(true)
    const again = await open(person)
    const reply = await again.subscribe('w', { kind: 'fleet', fleetId: second.id })
    expect(reply).toMatchObject({ ok: false, problem: { status: 404 } })
  })

  test('what another gateway changed, and nobody told, is found by the recheck', async () => {
    const user = await add({ everywhere: 'viewer', fleets: [] })
    const person = await signIn(user.email)
    const page = await open(person)
    const ended = await open(await signIn(user.email))
    const [newest] = (await person.ok('listOwnSessions')).sessions.filter(({ isCurrent }) => !isCurrent)
    await scene.app.runJob('recheck sockets')
    expect([page.socket.connected, ended.socket.connected]).toEqual([true, true])
    await scene.app.db.updateTable('app_user').set({ role: 'support' }).where('id', '=', user.id).execute()
    await scene.app.db
      .deleteFrom('user_session')
      .where('id', '=', newest?.id ?? 0)
      .execute()
    await scene.app.runJob('recheck sockets')
    await vi.waitFor(() => expect([page.socket.connected, ended.socket.connected]).toEqual([false, false]))
    expect(page.goodbyes).toEqual(['rights-changed'])
    expect(ended.goodbyes).toEqual(['signed-out'])
  })

  test('sessions are listed with what they are known by, and ended one by one, all others, or all', async () => {
    const user = await add({ everywhere: 'viewer', fleets: [] })
    const phone = await signIn(user.email, 'a phone')
    const laptop = await signIn(user.email, 'a laptop')
    const page = await open(phone)
    const { sessions } = await laptop.ok('listOwnSessions')
    expect(sessions.map(({ userAgent, isCurrent }) => [userAgent, isCurrent])).toEqual([
      ['a laptop', true],
      ['a phone', false],
    ])
    expect(JSON.stringify(sessions)).not.toContain('csrf')
    const other = await signIn((await add({ everywhere: 'admin', fleets: [] })).email)
    const phoneId = sessions[1]?.id ?? 0
    await other.refused('endOwnSession', 404, { params: { sessionId: phoneId } })
    await laptop.ok('endOwnSession', { params: { sessionId: phoneId } })
    await phone.refused('getMe', 401)
    await vi.waitFor(() => expect(page.goodbyes).toEqual(['signed-out']))
    const tablet = await signIn(user.email, 'a tablet')
    expect(await laptop.ok('endOtherSessions')).toEqual({ ended: 1 })
    await tablet.refused('getMe', 401)
    await laptop.ok('getMe')
    const params = { userId: user.id }
    expect((await other.ok('listUserSessions', { params })).sessions).toHaveLength(1)
    expect(await other.ok('endUserSessions', { params })).toEqual({ ended: 1 })
    await laptop.refused('getMe', 401)
    expect((await scene.admin.ok('listAudit', { query: { q: 'session.revoke' } })).rows).toHaveLength(3)
  })

  test('a token of a fleet sees that fleet alone, and says so in its list', async () => {
    const made = await scene.admin.ok('createApiToken', {
      body: {
        name: 'CI of one fleet',
        access: { everywhere: null, fleets: [roleIn(first, 'release-manager')] },
      },
    })
    const token = new TestClient(scene.app, { authorization: `Bearer ${made.secret}` })
    expect(await seen(token)).toEqual([first.id])
    await token.ok('listReleases')
    const body = { semver: '1.0.0', composeYaml: 'services:\n  main:\n    image: registry.example/main:1\n' }
    await token.ok('createRelease', { params: { fleetId: first.id }, body })
    await token.refused('createRelease', 404, { params: { fleetId: second.id }, body })
    const { tokens } = await scene.admin.ok('listApiTokens')
    expect(tokens.find(({ id }) => id === made.id)?.access).toEqual({
      everywhere: null,
      fleets: [roleIn(first, 'release-manager')],
    })
  })

  test('a deleted fleet takes the roles in it along', async () => {
    const gone = await scene.fleet()
    const user = await add({ everywhere: null, fleets: [roleIn(gone, 'admin')] })
    const person = await signIn(user.email)
    await person.ok('deleteFleet', { params: { fleetId: gone.id } })
    await person.refused('listFleets', 403)
  })
})
