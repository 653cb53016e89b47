import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '#contract/role'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'
import { problemOf, TestClient } from '../../testing/test-client.ts'
import { cookieName } from './cookie-names.ts'
import { aliveNow, readLiveSessions } from './session.store.ts'

const PASSWORD = 'a long enough password'
const HOUR_MS = 3_600_000
const everywhere = (role: Role) => ({ everywhere: role, fleets: [] })

describe('sign-in', () => {
  let app: TestApp
  let admin: TestClient
  beforeAll(async () => {
    app = await startTestApp({ environment: { WHEELHOUSE_SIGN_INS_PER_MINUTE: '0' } })
  })
  afterAll(() => app.close())

  const anybody = () => new TestClient(app, {})
  const tokenOf = (link: string | null) => new URL(link ?? '').hash.replace('#token=', '')
  const post = (url: string, payload: object) => app.app.inject({ method: 'POST', url, payload })
  /** Signs in and answers a client with the cookie and the CSRF token. */
  const enter = async (url: string, payload: object) => {
    const answer = await post(url, payload)
    expect(answer.statusCode, answer.body).toBeLessThan(300)
    const cookie = answer.cookies[0]
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    return new TestClient(app, {
      cookie: `${cookie?.name ?? ''}=${cookie?.value ?? ''}`,
      'x-csrf-token': answer.json<{ csrfToken: string }>().csrfToken,
    })
  }
  const signIn = (email: string, password = PASSWORD) => enter('/api/v1/session', { email, password })
  const addUser = (email: string, role: 'viewer' | 'admin' = 'viewer') =>
    admin.ok('createUser', {
      body: { name: 'Somebody', email, access: everywhere(role), password: PASSWORD },
    })
  const lastAudit = async () => (await admin.ok('listAudit', { query: { limit: 1 } })).rows[0]

  test('the set-up link makes the first administrator, once', async () => {
    expect(await anybody().ok('getSetup')).toEqual({ isNeeded: true, hasPasswords: true, openId: null })
    const older = tokenOf(await app.setupLink())
    const token = tokenOf(await app.setupLink())
    const body = { name: 'Ada', email: 'ada@example.com', password: PASSWORD }
    // A newer link ends the older one; nobody gets in with either twice.
    for (const wrong of [older, 'guess'])
      expect(problemOf(await post('/api/v1/setup', { ...body, token: wrong })).errors?.[0]?.field).toBe(
        'body.token',
      )
    admin = await enter('/api/v1/setup', { ...body, token })
    expect((await post('/api/v1/setup', { ...body, email: 'eve@example.com', token })).statusCode).toBe(400)
    expect(await app.setupLink()).toBeNull()
    expect((await anybody().ok('getSetup')).isNeeded).toBe(false)
    expect((await admin.ok('getMe')).user).toMatchObject({ name: 'Ada', role: 'admin' })
    expect(await lastAudit()).toMatchObject({ action: 'user.setup' })
  })

  test('password and e-mail are checked alike, whatever the case of the e-mail', async () => {
    await addUser('Vera@Example.com')
    const vera = await signIn('vera@example.COM')
    expect((await vera.ok('getMe')).user.email).toBe('Vera@Example.com')
    const wrong = problemOf(
      await post('/api/v1/session', { email: 'vera@example.com', password: 'wrong password' }),
    )
    const unknown = problemOf(
      await post('/api/v1/session', { email: 'nobody@example.com', password: PASSWORD }),
    )
    expect({ ...wrong, requestId: '' }).toEqual({ ...unknown, requestId: '' })
    expect(wrong.status).toBe(401)
    await vera.ok('signOut')
    await vera.refused('getMe', 401)
  })

  test('too many failures close the door for a while, also when they come all at once', async () => {
    await addUser('target@example.com')
    const attempts = await Promise.all(
      Array.from({ length: 15 }, () =>
        post('/api/v1/session', { email: 'target@example.com', password: 'wrong password' }),
      ),
    )
    expect(attempts.filter((answer) => answer.statusCode === 401)).toHaveLength(10)
    expect(attempts.filter((answer) => answer.statusCode === 429)).toHaveLength(5)
    const refused = await post('/api/v1/session', { email: 'TARGET@example.com', password: PASSWORD })
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'too-many-sign-ins' })
    // Others are not kept out, and the door opens again.
    await addUser('bystander@example.com')
    await signIn('bystander@example.com')
    app.clock.advance(15 * 60_000 + 1)
    await signIn('target@example.com')
  })

  test('a sign-in link works once, within its hour, for an account that may sign in', async () => {
    const user = await addUser('linked@example.com')
    const link = async () =>
      tokenOf((await admin.ok('createSignInLink', { params: { userId: user.id } })).url)
    const token = await link()
    expect(await lastAudit()).toMatchObject({ action: 'user.sign-in-link' })
    const linked = await enter('/api/v1/session/link', { token })
    expect((await linked.ok('getMe')).user.id).toBe(user.id)
    expect((await post('/api/v1/session/link', { token })).statusCode).toBe(401)
    const late = await link()
    app.clock.advance(HOUR_MS + 1)
    expect((await post('/api/v1/session/link', { token: late })).statusCode).toBe(401)
    const unused = await link()
    await admin.ok('updateUser', { params: { userId: user.id }, body: { isDisabled: true } })
    expect((await post('/api/v1/session/link', { token: unused })).statusCode).toBe(401)
    await admin.refused('createSignInLink', 409, { params: { userId: user.id } })
    // Two clicks at once open one session.
    const other = await addUser('twice@example.com')
    const twice = tokenOf((await admin.ok('createSignInLink', { params: { userId: other.id } })).url)
    const answers = await Promise.all([1, 2, 3].map(() => post('/api/v1/session/link', { token: twice })))
    expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1)
  })

  test('a session ends with its time, its account or a new password; a new role counts at once', async () => {
    const user = await addUser('ends@example.com')
    const params = { userId: user.id }
    const first = await signIn('ends@example.com')
    const second = await signIn('ends@example.com')
    await first.refused('changePassword', 400, {
      body: { current: 'wrong password', next: 'another long password' },
    })
    await first.ok('changePassword', { body: { current: PASSWORD, next: 'another long password' } })
    await second.refused('getMe', 401)
    await first.ok('getMe')
    await admin.ok('updateUser', { params, body: { access: everywhere('support') } })
    expect((await first.ok('getMe')).user).toMatchObject({ role: 'support' })
    await first.ok('listDevices')
    await admin.ok('updateUser', { params, body: { access: { everywhere: null, fleets: [] } } })
    await first.refused('listDevices', 403)
    await admin.ok('updateUser', { params, body: { access: everywhere('viewer') } })
    const third = await signIn('ends@example.com', 'another long password')
    await admin.ok('updateUser', { params, body: { isDisabled: true } })
    await third.refused('getMe', 401)
    expect(
      (await post('/api/v1/session', { email: 'ends@example.com', password: 'another long password' }))
        .statusCode,
    ).toBe(401)
    await admin.ok('updateUser', { params, body: { isDisabled: false, password: PASSWORD } })
    const fourth = await signIn('ends@example.com')
    app.clock.advance(14 * 24 * HOUR_MS + 1)
    await fourth.refused('getMe', 401)
    admin = await signIn('ada@example.com')
  })

  test('a browser has one session: signing in ends what it was signed in as before', async () => {
    await addUser('before@example.com')
    await addUser('after@example.com')
    const before = await signIn('before@example.com')
    const elsewhere = await signIn('before@example.com')
    const answer = await app.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { cookie: before.headers['cookie'] ?? '' },
      payload: { email: 'after@example.com', password: PASSWORD },
    })
    expect(answer.statusCode).toBe(200)
    await before.refused('getMe', 401)
    await elsewhere.ok('getMe')
  })

  test('a session in which nobody is seen for a week ends; one that is used or has its page open does not', async () => {
    await addUser('idle@example.com')
    const idle = await signIn('idle@example.com')
    const used = await signIn('idle@example.com')
    const open = await signIn('idle@example.com')
    const [shown] = (await open.ok('listOwnSessions')).sessions.filter(({ isCurrent }) => isCurrent)
    const { token_hash: openId } = await app.db
      .selectFrom('user_session')
      .select('token_hash')
      .where('id', '=', shown?.id ?? 0)
      .executeTakeFirstOrThrow()
    const sixDays = 6 * 24 * HOUR_MS
    app.clock.advance(sixDays)
    await used.ok('getMe')
    const alive = {
      ...aliveNow({ now: () => app.clock.now(), sessionIdleHours: 7 * 24 }),
      isSecondStepRequired: false,
    }
    expect([...(await readLiveSessions(app.db, [openId], alive)).keys()]).toEqual([openId])
    app.clock.advance(sixDays)
    await idle.refused('getMe', 401)
    await open.ok('getMe')
    expect((await used.ok('listOwnSessions')).sessions).toHaveLength(2)
    admin = await signIn('ada@example.com')
  })

  test('the last administrator stays one, also when two go at once', async () => {
    const me = (await admin.ok('getMe')).user.id
    const demote = (userId: number) =>
      admin.send('updateUser', { params: { userId }, body: { access: everywhere('viewer') } })
    expect(problemOf(await demote(me))).toMatchObject({ status: 409, code: 'last-administrator' })
    await admin.refused('updateUser', 409, { params: { userId: me }, body: { isDisabled: true } })
    const others = [await addUser('a2@example.com', 'admin'), await addUser('a3@example.com', 'admin')]
    const answers = await Promise.all([me, ...others.map((user) => user.id)].map(demote))
    expect(answers.filter((answer) => answer.statusCode === 200).length).toBeLessThan(3)
    const left = await app.db.selectFrom('app_user').select('id').where('role', '=', 'admin').execute()
    expect(left.length).toBeGreaterThan(0)
    await app.db.updateTable('app_user').set({ role: 'admin' }).where('id', '=', me).execute()
    admin = await signIn('ada@example.com')
  })

  test('an e-mail belongs to one account', async () => {
    await addUser('one@example.com')
    const body = { name: 'Other', email: 'ONE@example.com', access: everywhere('viewer'), password: PASSWORD }
    expect((await admin.refused('createUser', 409, { body })).errors?.[0]?.field).toBe('body.email')
    const answers = await Promise.all(
      [1, 2].map(() => admin.send('createUser', { body: { ...body, email: 'race@example.com' } })),
    )
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 409])
    await admin.refused('createUser', 400, { body: { ...body, email: 'none' } })
    expect(
      (
        await admin.refused('createUser', 400, {
          body: { ...body, email: 'x@example.com', password: 'short' },
        })
      ).errors?.[0],
    ).toMatchObject({ field: 'body.password' })
  })

  test('an API token shows its secret once, does what its role may, and ends', async () => {
    const expiresAt = new Date(app.clock.now().getTime() + HOUR_MS).toISOString()
    const made = await admin.ok('createApiToken', {
      body: { name: 'CI', access: everywhere('viewer'), expiresAt },
    })
    const token = new TestClient(app, { authorization: `Bearer ${made.secret}` })
    await token.ok('listFleets')
    await token.refused('listUsers', 403)
    await token.refused('getMe', 403)
    await token.refused('changePassword', 403, { body: { current: PASSWORD, next: PASSWORD } })
    const { tokens } = await admin.ok('listApiTokens')
    expect(tokens.find((other) => other.id === made.id)?.lastUsedAt).not.toBeNull()
    expect(JSON.stringify(tokens)).not.toContain(made.secret)
    app.clock.advance(HOUR_MS + 1)
    await token.refused('listFleets', 401)
    const lasting = await admin.ok('createApiToken', { body: { name: 'CI', access: everywhere('viewer') } })
    await admin.ok('revokeApiToken', { params: { tokenId: lasting.id } })
    await new TestClient(app, { authorization: `Bearer ${lasting.secret}` }).refused('listFleets', 401)
    await admin.refused('revokeApiToken', 404, { params: { tokenId: lasting.id } })
    await admin.refused('createApiToken', 400, {
      body: { name: 'CI', access: everywhere('viewer'), expiresAt },
    })
  })

  test('the audit log tells who did what, newest first, searched and paged', async () => {
    const all = (await admin.ok('listAudit', { query: { limit: 200 } })).rows
    const seen: number[] = []
    let after: string | undefined
    do {
      const page = await admin.ok('listAudit', { query: { limit: 7, after } })
      seen.push(...page.rows.map((row) => row.id))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(seen).toEqual(all.map((row) => row.id))
    expect([...seen].sort((a, b) => b - a)).toEqual(seen)
    const found = (await admin.ok('listAudit', { query: { q: 'sign-in link' } })).rows
    expect(found.length).toBeGreaterThan(0)
    expect(found.every((row) => row.action === 'user.sign-in-link')).toBe(true)
    expect((await admin.ok('listAudit', { query: { q: '%' } })).rows).toEqual([])
  })
})

describe('over TLS', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ environment: { PUBLIC_URL: 'https://wheelhouse.example' } })
  })
  afterAll(() => app.close())

  test('the session is in a cookie that browsers take from this host alone, and send over TLS alone', async () => {
    const setup = new URL((await app.setupLink()) ?? '')
    expect(setup.origin).toBe('https://wheelhouse.example')
    const answer = await app.app.inject({
      method: 'POST',
      url: '/api/v1/setup',
      payload: {
        name: 'Ada',
        email: 'ada@example.com',
        password: PASSWORD,
        token: setup.hash.replace('#token=', ''),
      },
    })
    const [cookie] = answer.cookies
    expect(cookie).toMatchObject({
      name: cookieName('session', true),
      secure: true,
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
    })
    expect(cookie?.name).toMatch(/^__Host-/)
    expect(cookie).not.toHaveProperty('domain')
    const { csrfToken } = answer.json<{ csrfToken: string }>()
    const signedIn = (name: string) =>
      new TestClient(app, { cookie: `${name}=${cookie?.value ?? ''}`, 'x-csrf-token': csrfToken })
    await signedIn(cookieName('session', false)).refused('getMe', 401)
    const ada = signedIn(cookieName('session', true))
    await ada.ok('getMe')
    expect(answer.headers['strict-transport-security']).toMatch(/max-age=31536000; includeSubDomains/)
    const out = await ada.send('signOut')
    expect(out.cookies[0]).toMatchObject({ name: cookieName('session', true), secure: true, path: '/' })
    await ada.refused('getMe', 401)
  })
})
