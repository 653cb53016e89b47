import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CALLBACK, NEXT, OpenIdScene, refusal } from '../../testing/openid-scene.ts'

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

describe('an answer that does not fit', () => {
  const returnOf = async (login = scene.addPerson(['crew'])) => {
    const begun = await scene.begin()
    return { ...begun, returned: await scene.provider.visit(begun.url, login) }
  }
  const withParameter = (address: string, name: string, value: string) => {
    const url = new URL(address)
    url.searchParams.set(name, value)
    return url.href
  }

  test('a state that nobody was given, another browser, and one that took too long', async () => {
    const { returned, cookie } = await returnOf()
    expect((await scene.comeBack(withParameter(returned, 'state', 'x'.repeat(43)), cookie)).leadsTo).toBe(
      refusal('stale', null),
    )
    for (const other of ['', 'wheelhouse_openid=', (await scene.begin()).cookie])
      expect(await scene.comeBack(returned, other)).toMatchObject({
        leadsTo: refusal('stale', null),
        client: undefined,
      })
    scene.app.clock.advance(10 * MINUTE_MS + 1)
    expect((await scene.comeBack(returned, cookie)).leadsTo).toBe(refusal('stale', null))
  })

  test('an answer counts once, and its code fits no other sign-in', async () => {
    const { returned, cookie } = await returnOf()
    expect((await scene.comeBack(returned, cookie)).leadsTo).toBe(NEXT)
    expect(await scene.comeBack(returned, cookie)).toMatchObject({
      leadsTo: refusal('stale', null),
      client: undefined,
    })
    const [one, other] = [await returnOf(), await returnOf()]
    const code = new URL(one.returned).searchParams.get('code') ?? ''
    expect(await scene.comeBack(withParameter(other.returned, 'code', code), other.cookie)).toMatchObject({
      leadsTo: refusal('untrusted'),
      client: undefined,
    })
    const twice = await returnOf()
    const answers = await Promise.all([1, 2, 3].map(() => scene.comeBack(twice.returned, twice.cookie)))
    expect(answers.filter(({ client }) => client !== undefined)).toHaveLength(1)
  })

  test('a token with another nonce than was asked for, and an answer of another provider', async () => {
    const begun = await scene.begin()
    const forged = withParameter(begun.url, 'nonce', 'a-nonce-of-somebody-else')
    const returned = await scene.provider.visit(forged, scene.addPerson(['crew']))
    expect(await scene.comeBack(returned, begun.cookie)).toMatchObject({
      leadsTo: refusal('untrusted'),
      client: undefined,
    })
    const mixed = await returnOf()
    expect(
      await scene.comeBack(withParameter(mixed.returned, 'iss', 'https://elsewhere.invalid'), mixed.cookie),
    ).toMatchObject({ leadsTo: refusal('untrusted'), client: undefined })
  })

  test('two tabs of one browser do not undo each other', async () => {
    const first = await scene.begin('/fleets?q=1')
    const second = await scene.begin('/fleets?q=2', first.cookie)
    expect(second.cookie).toBe(first.cookie)
    const login = scene.addPerson(['crew'])
    for (const [{ url, cookie }, next] of [
      [second, '/fleets?q=2'],
      [first, '/fleets?q=1'],
    ] as const)
      expect((await scene.comeBack(await scene.provider.visit(url, login), cookie)).leadsTo).toBe(next)
  })

  test.each([
    'https://elsewhere.invalid/',
    '//elsewhere.invalid/',
    '/\\elsewhere.invalid/',
    '/.//elsewhere.invalid/',
    '',
  ])('nobody is led to %j', async (next) => {
    expect((await scene.signIn(scene.addPerson(['crew']), next)).leadsTo).toBe('/fleets')
  })

  test('guesses from one address are stopped, in words', async () => {
    const guess = () => scene.comeBack(`${CALLBACK}?state=guess&code=guess`, 'wheelhouse_openid=guess')
    for (let attempt = 1; attempt <= 50; attempt++)
      expect((await guess()).leadsTo).toBe(refusal('stale', null))
    expect((await guess()).leadsTo).toBe(refusal('too-many', null))
  })
})
