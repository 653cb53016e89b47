import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#contract/role'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'
import { problemOf, TestClient } from '../../testing/test-client.ts'
import { cookieName } from './cookie-names.ts'
import { hashPassword } from './password.ts'
import { makeRecoveryCodes, stepOf, typedCode } from './totp.ts'

const PASSWORD = 'a long enough password'
const STEP_MS = 30_000
const MINUTE_MS = 60_000

test('codes are those of RFC 6238, one step early or late, and no further', () => {
  // Appendix B of the RFC: its secret, its times, the last six of its eight digits.
  const secret = Secret.fromLatin1('12345678901234567890').base32
  for (const [seconds, code] of [
    [1_234_567_890, '005924'],
    [1_111_111_109, '081804'],
    [20_000_000_000, '353130'],
  ] as const) {
    const at = (shiftMs: number) => stepOf(secret, code, new Date(seconds * 1000 + shiftMs))
    const step = Math.floor(seconds / 30)
    expect([at(0), at(-STEP_MS), at(STEP_MS)]).toEqual([step, step, step])
    expect([at(-2 * STEP_MS), at(2 * STEP_MS)]).toEqual([null, null])
  }
  expect(stepOf(secret, '000000', new Date(1_234_567_890_000))).toBeNull()
})

test('recovery codes are ten, long, different, and read however they are typed', () => {
  const codes = makeRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) {
    expect(code).toMatch(/^([a-z2-7]{4}-){5}[a-z2-7]{4}$/)
    const plain = code.replaceAll('-', '')
    for (const typed of [code, plain, code.toUpperCase(), ` ${code.replaceAll('-', ' ')} `])
      expect(typedCode(typed)).toEqual({ code: plain, isRecovery: true })
  }
  expect(typedCode('123 456')).toEqual({ code: '123456', isRecovery: false })
})

describe('a code as the second step', () => {
  let app: TestApp
  let admin: TestClient
  beforeAll(async () => {
    app = await startTestApp({ environment: { WHEELHOUSE_SIGN_INS_PER_MINUTE: '0' } })
    admin = new TestClient(app, await app.as('admin'))
  })
  afterAll(() => app.close())
  // Codes and failures of one test are not those of the next.
  beforeEach(() => app.clock.advance(16 * MINUTE_MS))

  const post = (url: string, payload: object) => app.app.inject({ method: 'POST', url, payload })
  const signIn = (email: string, code?: string) =>
    post('/api/v1/session', { email, password: PASSWORD, ...(code === undefined ? {} : { code }) })
  const clientOf = (answer: Awaited<ReturnType<typeof signIn>>) => {
    expect(answer.statusCode, answer.body).toBe(200)
    const cookie = answer.cookies.find(({ name }) => name === cookieName('session', false))
    return new TestClient(app, {
      cookie: `${cookieName('session', false)}=${cookie?.value ?? ''}`,
      'x-csrf-token': answer.json<{ csrfToken: string }>().csrfToken,
    })
  }
  let serial = 0
  const addUser = async (role: Role = 'viewer') => {
    const email = `totp-${String(++serial)}@example.com`
    const access = { everywhere: role, fleets: [] }
    const user = await admin.ok('createUser', { body: { name: email, email, access, password: PASSWORD } })
    return { ...user, client: clientOf(await signIn(email)) }
  }
  const codeOf = (secret: string) => new TOTP({ secret }).generate({ timestamp: app.clock.now().getTime() })
  /** Somebody who is asked for codes; the step of now is used. */
  const addAsked = async () => {
    const user = await addUser()
    const { secret } = await user.client.ok('beginTotp', { body: { password: PASSWORD } })
    const { recoveryCodes } = await user.client.ok('confirmTotp', { body: { code: codeOf(secret) } })
    return { ...user, secret, recoveryCodes }
  }
  const nextCode = (secret: string) => {
    app.clock.advance(STEP_MS)
    return codeOf(secret)
  }
  const audited = async (q: string) => (await admin.ok('listAudit', { query: { q, limit: 200 } })).rows

  test('is asked for once it is confirmed; sessions begun without it end', async () => {
    const { email, client, id } = await addUser()
    const other = clientOf(await signIn(email))
    await client.refused('beginTotp', 400, { body: { password: 'not the password' } })
    const begun = await client.send('beginTotp', { body: { password: PASSWORD } })
    expect(begun.headers['cache-control']).toBe('no-store')
    const { secret, uri } = begun.json<{ secret: string; uri: string }>()
    expect(uri).toMatch(/^otpauth:\/\/totp\/Wheelhouse.*totp-\d+%40example\.com\?/)
    expect(uri).toContain(`secret=${secret}`)
    // Until then nothing has changed.
    clientOf(await signIn(email))
    await client.refused('confirmTotp', 400, { body: { code: '000000' } })
    expect(await client.ok('getTotp')).toMatchObject({ isOn: false, recoveryCodesLeft: 0 })
    const { recoveryCodes } = await client.ok('confirmTotp', { body: { code: codeOf(secret) } })
    expect(recoveryCodes).toHaveLength(10)
    expect(await client.ok('getTotp')).toMatchObject({ isOn: true, recoveryCodesLeft: 10 })
    await other.refused('getMe', 401)
    await client.refused('beginTotp', 409, { body: { password: PASSWORD } })
    await client.refused('confirmTotp', 409, { body: { code: nextCode(secret) } })

    expect(problemOf(await signIn(email))).toMatchObject({ status: 401, code: 'code-needed' })
    expect(problemOf(await signIn(email, '000000'))).toMatchObject({
      status: 401,
      code: 'wrong-code',
      errors: [{ field: 'body.code' }],
    })
    clientOf(await signIn(email, nextCode(secret)))
    expect((await audited('Signed in with a password and a code'))[0]?.subjectId).toBe(String(id))
    expect((await audited('totp.enable'))[0]?.subjectId).toBe(String(id))
    expect((await admin.ok('listUsers')).users.find((user) => user.id === id)?.hasTotp).toBe(true)
  })

  test('counts once, also for two at the same time, and none older than the last', async () => {
    const { email, secret } = await addAsked()
    expect(problemOf(await signIn(email, codeOf(secret))).code).toBe('wrong-code')
    const code = nextCode(secret)
    const answers = await Promise.all([1, 2, 3].map(() => signIn(email, code)))
    expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1)
    const earlier = codeOf(secret)
    const later = new TOTP({ secret }).generate({ timestamp: app.clock.now().getTime() + STEP_MS })
    clientOf(await signIn(email, later))
    expect(problemOf(await signIn(email, earlier)).code).toBe('wrong-code')
  })

  test('a recovery code opens once instead', async () => {
    const { email, recoveryCodes, client } = await addAsked()
    const [first = '', second = ''] = recoveryCodes
    clientOf(await signIn(email, first))
    expect(problemOf(await signIn(email, first)).code).toBe('wrong-code')
    clientOf(await signIn(email, second.replaceAll('-', '').toUpperCase()))
    expect(await client.ok('getTotp')).toMatchObject({ isOn: true, recoveryCodesLeft: 8 })
    expect(await audited('Signed in with a password and a recovery code')).toHaveLength(2)
    const other = await addAsked()
    expect(problemOf(await signIn(other.email, recoveryCodes[2])).code).toBe('wrong-code')
  })

  test('new recovery codes take the place of the old ones, for who shows password and code', async () => {
    const { email, secret, recoveryCodes, client } = await addAsked()
    const [old = '', proof = ''] = recoveryCodes
    const body = (password: string, code: string) => ({ body: { password, code } })
    await client.refused('renewRecoveryCodes', 400, body('not the password', proof))
    await client.refused('renewRecoveryCodes', 400, body(PASSWORD, '000000'))
    const answer = await client.send('renewRecoveryCodes', body(PASSWORD, proof))
    expect(answer.headers['cache-control']).toBe('no-store')
    const fresh = answer.json<{ recoveryCodes: string[] }>().recoveryCodes
    expect(new Set([...fresh, ...recoveryCodes]).size).toBe(20)
    expect(await client.ok('getTotp')).toMatchObject({ isOn: true, recoveryCodesLeft: 10 })
    expect(problemOf(await signIn(email, old)).code).toBe('wrong-code')
    clientOf(await signIn(email, fresh[0]))
    // The app makes the codes that it made before.
    clientOf(await signIn(email, nextCode(secret)))
    expect(await audited('totp.recovery-codes')).not.toHaveLength(0)
    const { client: without } = await addUser()
    await without.refused('renewRecoveryCodes', 400, body(PASSWORD, '000000'))
  })

  test('guesses are stopped, and knowing the password does not begin the count anew', async () => {
    const { email, secret } = await addAsked()
    for (let guess = 1; guess <= 10; guess++) {
      expect(problemOf(await signIn(email)).code).toBe('code-needed')
      expect(problemOf(await signIn(email, '000000')).code).toBe('wrong-code')
    }
    expect(problemOf(await signIn(email, nextCode(secret)))).toMatchObject({
      status: 429,
      code: 'too-many-sign-ins',
    })
    app.clock.advance(15 * MINUTE_MS)
    clientOf(await signIn(email, nextCode(secret)))
  })

  test('neither a link nor another password goes round it, and a link waits for its code', async () => {
    const { email, secret, id, client } = await addAsked()
    const { url } = await admin.ok('createSignInLink', { params: { userId: id } })
    const token = new URL(url).hash.replace('#token=', '')
    const byLink = (code?: string) =>
      post('/api/v1/session/link', { token, ...(code === undefined ? {} : { code }) })
    expect(problemOf(await byLink()).code).toBe('code-needed')
    expect(problemOf(await byLink('000000')).code).toBe('wrong-code')
    clientOf(await byLink(nextCode(secret)))
    expect((await byLink(nextCode(secret))).statusCode).toBe(401)
    await client.ok('changePassword', { body: { current: PASSWORD, next: `${PASSWORD} 2` } })
    await admin.ok('updateUser', { params: { userId: id }, body: { password: PASSWORD } })
    expect(problemOf(await signIn(email)).code).toBe('code-needed')
  })

  test('is switched off with password and code, and its secret is gone', async () => {
    const { email, secret, id, client } = await addAsked()
    const code = nextCode(secret)
    await client.refused('endTotp', 400, { body: { password: 'not the password', code } })
    await client.refused('endTotp', 400, { body: { password: PASSWORD, code: '000000' } })
    await client.ok('endTotp', { body: { password: PASSWORD, code } })
    clientOf(await signIn(email))
    expect((await audited('totp.disable'))[0]?.subjectId).toBe(String(id))
    for (const table of ['user_totp', 'recovery_code'] as const)
      expect(await app.db.selectFrom(table).select('user_id').where('user_id', '=', id).execute()).toEqual([])
    await client.refused('endTotp', 400, { body: { password: PASSWORD, code: nextCode(secret) } })
  })

  test('an administrator resets it for somebody else, and nobody less', async () => {
    const { email, id } = await addAsked()
    const params = { userId: id }
    await new TestClient(app, await app.as('release-manager')).refused('resetTotp', 403, { params })
    await admin.ok('resetTotp', { params })
    clientOf(await signIn(email))
    expect((await audited('totp.reset'))[0]).toMatchObject({ subjectId: String(id) })
    expect((await admin.refused('resetTotp', 409, { params })).code).toBe('totp-off')
    await admin.refused('resetTotp', 404, { params: { userId: 99_999 } })
    const own = await addUser('admin')
    expect((await own.client.refused('resetTotp', 409, { params: { userId: own.id } })).code).toBe('own-totp')
    await admin.refused('beginTotp', 403, { body: { password: PASSWORD } })
  })

  test('no answer and no entry of the audit log holds a secret or a code', async () => {
    const { secret, recoveryCodes, client, id } = await addAsked()
    const told = [
      await client.send('getMe'),
      await client.send('getTotp'),
      await admin.send('listUsers'),
      await admin.send('listAudit', { query: { limit: 200 } }),
      await admin.send('listUserSessions', { params: { userId: id } }),
    ].map((answer) => answer.body)
    for (const text of [secret, ...recoveryCodes]) expect(told.join('\n')).not.toContain(text)
    const stored = await app.db.selectFrom('recovery_code').select('code_hash').execute()
    for (const code of recoveryCodes) expect(JSON.stringify(stored)).not.toContain(code.replaceAll('-', ''))
  })
})

describe('where everybody has to have a second step', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ environment: { WHEELHOUSE_REQUIRE_SECOND_STEP: 'true' } })
  })
  afterAll(() => app.close())

  test('nobody may do anything before they have theirs, and everything at once then', async () => {
    const ada = new TestClient(app, await app.signedIn('admin'))
    expect(await ada.ok('getMe')).toMatchObject({
      needsSecondStep: true,
      user: { access: { everywhere: null, fleets: [] } },
    })
    for (const call of ['listFleets', 'listUsers', 'listDevices'] as const)
      expect(await ada.refused(call, 403)).toMatchObject({ code: 'second-step-needed' })
    await ada.ok('getInbox')

    const account = await ada.ok('getMe')
    await app.db
      .updateTable('app_user')
      .set({ password_hash: await hashPassword(PASSWORD) })
      .where('id', '=', account.user.id)
      .execute()
    const { secret } = await ada.ok('beginTotp', { body: { password: PASSWORD } })
    const code = () => new TOTP({ secret }).generate({ timestamp: app.clock.now().getTime() })
    await ada.ok('confirmTotp', { body: { code: code() } })
    expect(await ada.ok('getMe')).toMatchObject({
      needsSecondStep: false,
      user: { access: { everywhere: 'admin', fleets: [] } },
    })
    await ada.ok('listUsers')

    expect(await ada.ok('getTotp')).toMatchObject({ isOn: true, isRequired: true })
    app.clock.advance(STEP_MS)
    await ada.refused('endTotp', 409, { body: { password: PASSWORD, code: code() } })
    // API tokens are no sign-in.
    await new TestClient(app, await app.as('viewer')).ok('listFleets')
  })
})
