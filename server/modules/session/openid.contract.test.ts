import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { routes } from '#contract/routes'
import { NEXT, OpenIdScene, refusal } from '../../testing/openid-scene.ts'
import { startTestApp } from '../../testing/test-app.ts'
import { problemOf, TestClient } from '../../testing/test-client.ts'

const PASSWORD = 'a long enough password'
const MINUTE_MS = 60_000

let scene: OpenIdScene
beforeAll(async () => {
  scene = await OpenIdScene.open()
})
afterAll(() => scene.close())
// Failures of one test are not those of the next.
beforeEach(() => {
  scene.app.clock.advance(16 * MINUTE_MS)
})

const audited = async (q: string) => (await scene.admin.ok('listAudit', { query: { q, limit: 200 } })).rows
const accountOf = async (email: string) =>
  (await scene.admin.ok('listUsers')).users.find(
    (user) => user.email === email && user.signsInBy === 'openid',
  )

describe('somebody whom the provider knows', () => {
  test('is signed in, led to the page they wanted, and known by name and role', async () => {
    const login = scene.addPerson(['crew', 'others'])
    const { leadsTo, session, client } = await scene.signIn(login)
    expect(leadsTo).toBe(NEXT)
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    expect((await client?.ok('getMe'))?.user).toMatchObject({
      name: `Name of ${login}`,
      email: `${login}@example.com`,
      signsInBy: 'openid',
      role: 'viewer',
      access: { everywhere: 'viewer', fleets: [] },
    })
    const entries = (await audited('Example Corp')).filter(({ actor }) => actor === `Name of ${login}`)
    expect(entries.map(({ action, summary }) => [action, summary])).toEqual([
      ['session.start', 'Signed in with Example Corp'],
      ['user.create', `Added ${login}@example.com as Example Corp says: viewer everywhere`],
    ])
  })

  test('may do what their groups give now, everywhere and in fleets, on pages that are open too', async () => {
    const { id: fleetId } = await scene.admin.ok('createFleet', {
      body: { name: 'Kiosks', deviceType: 'raspberrypi4-64' },
    })
    const login = scene.addPerson(['crew'])
    const first = await scene.enter(login)
    await first.refused('listUsers', 403)
    scene.regroup(login, ['leads', 'crew'])
    const second = await scene.enter(login)
    await second.ok('listUsers')
    await first.ok('listUsers')
    expect(await audited(`Changed ${login}@example.com`)).toMatchObject([
      { summary: expect.stringContaining('admin everywhere') as string },
    ])
    scene.regroup(login, ['kiosk-ops'])
    const third = await scene.enter(login)
    expect((await third.ok('getMe')).user.access).toEqual({
      everywhere: null,
      fleets: [{ fleetId, role: 'release-manager' }],
    })
    await second.refused('listUsers', 403)
    // Nothing changed, nothing is told.
    await scene.enter(login)
    expect(await audited(`Changed ${login}@example.com`)).toHaveLength(2)
    expect(
      (await scene.admin.ok('listUsers')).users.filter((user) => user.email.startsWith(`${login}@`)),
    ).toHaveLength(1)
  })

  test('stays outside without a group that opens anything, and loses what was open', async () => {
    const stranger = scene.addPerson(['others'])
    expect(await scene.signIn(stranger)).toMatchObject({ leadsTo: refusal('no-role'), client: undefined })
    expect(await accountOf(`${stranger}@example.com`)).toBeUndefined()
    const [entry] = await audited('session.refuse')
    expect(entry).toMatchObject({
      actor: `Name of ${stranger}`,
      summary: 'Refused a sign-in with Example Corp: no role for what groups holds',
      data: { subject: stranger, values: ['others'] },
    })
    const login = scene.addPerson(['leads'])
    const open = await scene.enter(login)
    scene.regroup(login, [])
    expect((await scene.signIn(login)).leadsTo).toBe(refusal('no-role'))
    await open.refused('getMe', 401)
    expect((await accountOf(`${login}@example.com`))?.access).toEqual({ everywhere: null, fleets: [] })
  })

  test('is disabled here, and has neither roles, password nor links of this gateway', async () => {
    const login = scene.addPerson(['crew'])
    const person = await scene.enter(login)
    const params = { userId: (await person.ok('getMe')).user.id }
    for (const body of [
      { access: { everywhere: 'viewer' as const, fleets: [] } },
      { name: 'X' },
      { password: PASSWORD },
    ])
      expect((await scene.admin.refused('updateUser', 409, { params, body })).code).toBe('openid-account')
    expect((await scene.admin.refused('createSignInLink', 409, { params })).code).toBe('openid-account')
    await scene.admin.ok('updateUser', { params, body: { isDisabled: true } })
    await person.refused('getMe', 401)
    expect((await scene.signIn(login)).leadsTo).toBe(refusal('disabled'))
    await scene.admin.ok('updateUser', { params, body: { isDisabled: false } })
    await scene.enter(login)
  })

  test('who says no at the provider is told so', async () => {
    expect((await scene.signIn(null)).leadsTo).toBe(refusal('denied'))
  })
})

test('an e-mail is only shown: it opens no account of somebody else, and takes none away', async () => {
  const email = 'shared@example.com'
  const local = await scene.admin.ok('createUser', {
    body: { name: 'Local', email, access: { everywhere: 'admin', fleets: [] }, password: PASSWORD },
  })
  const people = [
    await scene.enter(scene.addPerson(['crew'], { email })),
    await scene.enter(scene.addPerson(['crew'], { email })),
  ]
  const ids = await Promise.all(people.map(async (person) => (await person.ok('getMe')).user.id))
  expect(new Set([local.id, ...ids]).size).toBe(3)
  for (const person of people) await person.refused('listUsers', 403)
  const byPassword = await scene.app.app.inject({
    method: 'POST',
    url: routes.signIn.path,
    payload: { email, password: PASSWORD },
  })
  expect(byPassword.json<{ user: object }>().user).toMatchObject({ id: local.id, role: 'admin' })
  // The other way round: an account with a password may have the e-mail of somebody whom the provider knows.
  const login = scene.addPerson(['crew'])
  await scene.enter(login)
  await scene.admin.ok('createUser', {
    body: {
      name: 'Later',
      email: `${login}@example.com`,
      access: { everywhere: 'viewer', fleets: [] },
      password: PASSWORD,
    },
  })
  await scene.enter(login)
})

describe('a gateway of its own', () => {
  let own: OpenIdScene
  const open = async (environment: Record<string, string> = {}) => {
    own = await OpenIdScene.open(environment, scene.provider)
    return own
  }
  afterEach(() => own.app.close())

  test('a provider that is down keeps nobody else out, says so, and is found again', async () => {
    const { app, provider } = await open()
    const anybody = new TestClient(app, {})
    await provider.stop()
    try {
      const refused = await anybody.refused('startOpenId', 503, { body: { next: NEXT } })
      expect(refused.title).toBe('Signing in with Example Corp is not possible now')
      expect(refused.detail).toContain('cannot be reached')
      expect(await anybody.ok('getSetup')).toEqual({
        isNeeded: true,
        hasPasswords: true,
        openId: { name: 'Example Corp' },
      })
    } finally {
      await provider.start()
    }
    const begun = await own.begin()
    const returned = await provider.visit(begun.url, own.addPerson(['crew']))
    await provider.stop()
    try {
      expect((await own.comeBack(returned, begun.cookie)).leadsTo).toBe(refusal('unavailable'))
    } finally {
      await provider.start()
    }
    await own.enter(own.addPerson(['crew']))
  })

  test('passwords are switched off; links and that of the first administrator work on', async () => {
    const { app, admin } = await open({ WHEELHOUSE_LOCAL_PASSWORDS: 'false' })
    // Somebody who only looks does not take the place of the first administrator.
    await own.enter(own.addPerson(['crew']))
    const tokenOf = (link: string | null) => new URL(link ?? '').hash.replace('#token=', '')
    const account = { name: 'Ada', email: 'ada@example.com', password: PASSWORD }
    const post = (url: string, payload: object) => app.app.inject({ method: 'POST', url, payload })
    const made = await post(routes.completeSetup.path, { token: tokenOf(await app.setupLink()), ...account })
    expect(made.statusCode, made.body).toBe(201)
    expect(problemOf(await post(routes.signIn.path, account)).detail).toContain('switched off')
    const userId = made.json<{ user: { id: number } }>().user.id
    const { url } = await admin.ok('createSignInLink', { params: { userId } })
    expect((await post(routes.signInByLink.path, { token: tokenOf(url) })).statusCode).toBe(200)
    // What a provider says can change: the last administrator of the gateway's own stays one.
    await own.enter(own.addPerson(['leads']))
    const refused = await admin.refused('updateUser', 409, { params: { userId }, body: { isDisabled: true } })
    expect(refused.code).toBe('last-administrator')
  })

  test('beginning is limited by address, as every way to sign in', async () => {
    await open({ WHEELHOUSE_SIGN_INS_PER_MINUTE: '2' })
    await own.begin()
    await own.begin()
    const anybody = new TestClient(own.app, {})
    expect((await anybody.refused('startOpenId', 429, { body: { next: NEXT } })).code).toBe(
      'too-many-requests',
    )
  })
})

test('a gateway without a provider says that there is none', async () => {
  const app = await startTestApp()
  try {
    const anybody = new TestClient(app, {})
    expect((await anybody.ok('getSetup')).openId).toBeNull()
    await anybody.refused('startOpenId', 404, { body: { next: '/' } })
    await anybody.refused('finishOpenId', 404)
  } finally {
    await app.close()
  }
})
