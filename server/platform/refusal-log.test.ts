import { expect, test, vi } from 'vitest'
import type { Identity } from './authorise.ts'
import { Problem } from './problem.ts'
import { logRefusal } from './refusal-log.ts'

const ada: Identity = {
  name: 'Ada',
  kind: 'user',
  access: { everywhere: 'viewer', fleets: [] },
  userId: 3,
  sessionId: null,
  tokenId: null,
  csrfToken: null,
  needsSecondStep: false,
  address: '192.0.2.1',
}

/** What the log is told of a request that is refused. */
function told(
  problem: Problem,
  request: { method?: string; url: string; headers?: Record<string, string>; caller?: Identity },
) {
  const info = vi.fn<(fields: object, message: string) => void>()
  logRefusal(problem, {
    method: 'GET',
    headers: {},
    caller: null,
    id: 'r1',
    ip: '192.0.2.1',
    routeOptions: { url: '/api/v1/fleets/:fleetId' },
    log: { info },
    ...request,
  })
  return info.mock.calls[0]?.[0] ?? null
}

test('who wanted more than they may is told by route, account and address, without what stood in the address', () => {
  const line = told(Problem.forbidden('no'), {
    url: '/api/v1/fleets/7?apikey=secret',
    headers: { authorization: 'Bearer secret' },
    caller: ada,
  })
  expect(line).toEqual({
    requestId: 'r1',
    route: 'GET /api/v1/fleets/:fleetId',
    code: 'forbidden',
    address: '192.0.2.1',
    by: 'user 3',
  })
  expect(
    told(Problem.forbidden('no'), { url: '/api/v1/x', caller: { ...ada, name: 'CI', userId: null } }),
  ).toMatchObject({ by: 'token CI' })
})

test('who is not let in is told, nobody who only asks whether they are', () => {
  const refused = Problem.unauthorized()
  expect(told(refused, { url: '/api/v1/session', method: 'POST' })).toMatchObject({ code: 'unauthorized' })
  expect(told(refused, { url: '/api/v1/me', headers: { cookie: 'old' } })).not.toBeNull()
  expect(told(refused, { url: '/api/v1/me' })).toBeNull()
})

test('nothing is told of devices and of what was only typed wrong', () => {
  expect(told(Problem.unauthorized(), { url: '/device/v3/state', method: 'PATCH' })).toBeNull()
  expect(
    told(Problem.invalid('body.name', 'is missing'), { url: '/api/v1/fleets', method: 'POST' }),
  ).toBeNull()
})
