import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Route } from '#contract/route'
import { routes, type RouteName } from '#contract/routes'
import { roleAllows, roles, type Role } from '#contract/session'
import { startTestApp, type TestApp } from './testing/test-app.ts'
import { problemOf, urlOf } from './testing/test-client.ts'

/** Not of the contract: the description of the API itself. */
const outsideOfContract = ['/api/v1/openapi.json']

const entries = Object.entries(routes) as [RouteName, Route][]
const guarded = entries.filter(([, route]) => route.permission !== 'public')
const byRole = guarded.filter(([, route]) => route.permission !== 'signed-in')
const isWrite = (route: Route) => route.method !== 'GET'

/** Well-formed and of nothing that exists: whoever may call it gets past the guard and no further. */
const address = (name: RouteName) =>
  urlOf(name, {
    params: {
      uuid: 'f'.repeat(32),
      key: 'site',
      verb: 'pause',
      fleetId: 999,
      releaseId: 999,
      rolloutId: 999,
    },
  }).replaceAll('undefined', '999')

describe('who may call what', () => {
  let app: TestApp
  const people = new Map<Role, { cookie: string; 'x-csrf-token': string }>()
  const tokens = new Map<Role, { authorization: string }>()
  beforeAll(async () => {
    app = await startTestApp()
    for (const role of roles) {
      people.set(role, await app.signedIn(role))
      tokens.set(role, await app.as(role))
    }
  })
  afterAll(() => app.close())

  const call = (name: RouteName, headers: Record<string, string> = {}) =>
    app.app.inject({
      method: routes[name].method,
      url: address(name),
      headers,
      ...(isWrite(routes[name]) ? { payload: {} } : {}),
    })

  test.each(guarded)('%s is refused without a session', async (name) => {
    const answer = await call(name)
    expect(answer.statusCode).toBe(401)
    expect(problemOf(answer).code).toBe('unauthorized')
  })

  test.each(guarded)('%s is refused with a session or token nobody was given', async (name) => {
    for (const headers of [{ cookie: 'wheelhouse_session=guess' }, { authorization: 'Bearer wh_guess' }])
      expect((await call(name, headers)).statusCode).toBe(401)
  })

  test.each(byRole)(
    '%s is refused with every role below its own, and open from it on',
    async (name, route) => {
      for (const role of roles) {
        const isEnough =
          route.permission !== 'public' &&
          route.permission !== 'signed-in' &&
          roleAllows(role, route.permission)
        for (const headers of [people.get(role) ?? {}, tokens.get(role) ?? {}]) {
          const answer = await call(name, headers)
          if (isEnough) expect([401, 403], `${role}: ${answer.body}`).not.toContain(answer.statusCode)
          else {
            expect(answer.statusCode, role).toBe(403)
            expect(problemOf(answer).detail).toContain(role)
          }
          expect(answer.statusCode, answer.body).toBeLessThan(500)
        }
      }
    },
  )

  test.each(guarded.filter(([, route]) => isWrite(route)))(
    '%s of a cookie session is refused without its CSRF token',
    async (name) => {
      const admin = people.get('admin')
      const other = people.get('viewer')
      for (const token of [undefined, '', 'guess', other?.['x-csrf-token']]) {
        const answer = await call(name, {
          cookie: admin?.cookie ?? '',
          ...(token === undefined ? {} : { 'x-csrf-token': token }),
        })
        expect(answer.statusCode).toBe(403)
        expect(problemOf(answer).code).toBe('csrf')
      }
    },
  )

  test('every route that runs under /api is in the contract, and the other way round', () => {
    const served = servedRoutes(app.app.printRoutes({ commonPrefix: false }))
      .filter((line) => line.includes(' /api/') && !line.includes(' /api/docs'))
      .filter((line) => !outsideOfContract.some((path) => line === `GET ${path}`))
    expect(served.sort()).toEqual(entries.map(([, route]) => `${route.method} ${route.path}`).sort())
  })
})

/** Reads `METHOD path` lines out of the tree that Fastify prints. */
function servedRoutes(tree: string): string[] {
  const parents: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? []
    const depth = indent.length / 4
    parents.length = depth
    parents.push(part)
    const path = parents.join('')
    return methods
      .split(', ')
      .filter((method) => method !== '' && method !== 'HEAD')
      .map((method) => `${method} ${path}`)
  })
}
