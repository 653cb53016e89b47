import { afterEach, describe, expect, test } from 'vitest'
import { Scene } from './testing/scene.ts'
import { problemOf, TestClient } from './testing/test-client.ts'

const LIMIT = 3

describe('how often one caller may call what costs much', () => {
  let scene: Scene | undefined
  afterEach(() => scene?.close())

  const openScene = async (environment: Record<string, string>) => {
    scene = await Scene.open({ environment })
    return scene
  }
  const signInFrom = (on: Scene, remoteAddress: string, email: string) =>
    on.app.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      remoteAddress,
      payload: { email, password: 'a wrong but long password' },
    })

  test('attempts to sign in are counted by address, whoever is tried', async () => {
    const on = await openScene({ WHEELHOUSE_SIGN_INS_PER_MINUTE: String(LIMIT) })
    for (let attempt = 1; attempt <= LIMIT; attempt++) {
      const answer = await signInFrom(on, '192.0.2.1', `person-${attempt}@example.com`)
      expect(answer.statusCode).toBe(401)
    }
    const refused = await signInFrom(on, '192.0.2.1', 'another@example.com')
    const problem = problemOf(refused)
    expect(problem).toMatchObject({ status: 429, code: 'too-many-requests', title: 'Too many requests' })
    expect(problem.detail).toMatch(/^This may be asked 3 times a minute; try again in \d+ s$/)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect((await signInFrom(on, '192.0.2.2', 'another@example.com')).statusCode).toBe(401)
  })

  test('heavy calls are counted by person and by route; light ones are not', async () => {
    const on = await openScene({ WHEELHOUSE_HEAVY_CALLS_PER_MINUTE: String(LIMIT) })
    const [one, other] = [
      new TestClient(on.app, await on.app.signedIn('release-manager')),
      new TestClient(on.app, await on.app.signedIn('release-manager')),
    ]
    const fleet = await on.fleet()
    const check = { params: { fleetId: fleet.id }, body: { composeYaml: 'services: {}' } }
    for (let call = 1; call <= LIMIT; call++) await one.ok('checkCompose', check)
    const refused = await one.refused('checkCompose', 429, check)
    expect(refused.code).toBe('too-many-requests')
    await other.ok('checkCompose', check)
    await one.ok('exportDevices', { query: { fleetId: fleet.id } })
    for (let call = 1; call <= 2 * LIMIT; call++) await one.ok('listFleets')
  })

  test('0 sets no limit', async () => {
    const on = await openScene({
      WHEELHOUSE_SIGN_INS_PER_MINUTE: '0',
      WHEELHOUSE_HEAVY_CALLS_PER_MINUTE: '0',
    })
    for (let attempt = 1; attempt <= 40; attempt++)
      expect((await signInFrom(on, '192.0.2.1', `person-${attempt}@example.com`)).statusCode).toBe(401)
  })

  test('the account that failed too often says when to come back', async () => {
    const on = await openScene({})
    for (let attempt = 1; attempt <= 10; attempt++) await signInFrom(on, '192.0.2.1', 'target@example.com')
    const refused = await signInFrom(on, '192.0.2.1', 'target@example.com')
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'too-many-sign-ins' })
    expect(refused.headers['retry-after']).toBe(String(15 * 60))
  })
})
