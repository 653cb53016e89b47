import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import yauzl from 'yauzl'
import type { Route } from '#contract/route'
import { routes, type RouteName } from '#contract/routes'
import { sourceAbilities, type SourceAbility } from '#contract/source'
import type { Database } from './platform/db/database.ts'
import { testPglite } from './testing/databases.ts'
import { MadeSource, whyOf } from './testing/made-source.ts'
import { Scene } from './testing/scene.ts'
import { problemOf, TestClient, urlOf } from './testing/test-client.ts'

const NOBODY = 99_999
const uuid = 'f'.repeat(32)
const needy = (Object.entries(routes) as [RouteName, Route][]).flatMap(([name, { needs }]) =>
  needs === undefined ? [] : [{ name, needs: [needs], body: {} }],
)

/** Calls of routes whose body says what they need, which their handler asks for. */
const operation = (one: object) => ({
  selection: { kind: 'uuids', uuids: [uuid] },
  operation: one,
  isPreview: true,
})
const asking: { name: RouteName; needs: SourceAbility[]; body: object }[] = [
  { name: 'updateFleet', needs: ['create-fleets'], body: { name: 'Other' } },
  { name: 'updateFleet', needs: ['target-releases'], body: { policy: { kind: 'track-latest' } } },
  { name: 'previewRollout', needs: ['target-releases'], body: { releaseId: NOBODY } },
  { name: 'previewRollout', needs: ['target-host-os'], body: { osVersion: '6.5.3' } },
  { name: 'createRollout', needs: ['target-releases'], body: { releaseId: NOBODY } },
  { name: 'createRollout', needs: ['target-host-os'], body: { osVersion: '6.5.3' } },
  {
    name: 'createAction',
    needs: ['device-actions', 'collect-diagnostics'],
    body: { kind: 'collect-diagnostics' },
  },
  { name: 'createAction', needs: ['device-actions', 'device-keys'], body: { kind: 'rotate-key' } },
  { name: 'bulkDevices', needs: ['target-releases'], body: operation({ kind: 'pin', releaseId: NOBODY }) },
  { name: 'bulkDevices', needs: ['target-releases'], body: operation({ kind: 'unpin' }) },
  { name: 'bulkDevices', needs: ['edit-tags'], body: operation({ kind: 'tag', key: 'a', value: 'b' }) },
  { name: 'bulkDevices', needs: ['edit-tags'], body: operation({ kind: 'untag', key: 'a' }) },
  { name: 'bulkDevices', needs: ['edit-devices'], body: operation({ kind: 'move', fleetId: NOBODY }) },
  { name: 'bulkDevices', needs: ['device-actions'], body: operation({ kind: 'action', action: 'reboot' }) },
  {
    name: 'bulkDevices',
    needs: ['device-actions', 'device-keys'],
    body: operation({ kind: 'action', action: 'rotate-key' }),
  },
]

const paramsOf = (fleetId: number, of: string) => ({
  fleetId,
  uuid: of,
  releaseId: NOBODY,
  batchId: NOBODY,
  keyId: NOBODY,
  variableId: NOBODY,
  key: 'nothing',
})

/** Of nothing that exists: what is not refused for the source ends otherwise, and does no harm. */
const callOf =
  (scene: Scene, params: Record<string, unknown> = paramsOf(NOBODY, uuid)) =>
  ({ name, body }: { name: RouteName; body: object }, headers: Record<string, string>) =>
    scene.app.app.inject({
      method: routes[name].method,
      url: urlOf(name, { params }),
      headers,
      payload: body,
    })
const environment = { WHEELHOUSE_HEAVY_CALLS_PER_MINUTE: '0' }

describe('what the source cannot do', () => {
  let database: Database
  beforeAll(async () => {
    database = await testPglite.open()
  })
  afterAll(() => database.close())

  test('every ability is asked for by a route or a handler', () => {
    const asked = new Set([...needy, ...asking].flatMap(({ needs }) => needs))
    expect([...asked].sort()).toEqual([...sourceAbilities].sort())
  })

  test.each(sourceAbilities)(
    '%s: what needs it is refused with the reason, nothing else is',
    async (ability) => {
      const scene = await Scene.open({ database, environment, source: new MadeSource([ability]) })
      try {
        const call = callOf(scene)
        for (const one of [...needy, ...asking]) {
          const answer = await call(one, scene.admin.headers)
          const told = `${one.name}: ${answer.body}`
          if (one.needs.includes(ability)) {
            expect(answer.statusCode, told).toBe(409)
            expect(problemOf(answer), told).toMatchObject({
              code: 'source-cannot',
              title: 'Not possible with this fleet source',
              detail: whyOf(ability),
            })
          } else expect(answer.body, told).not.toContain('source-cannot')
          expect(answer.statusCode, told).toBeLessThan(500)
        }
      } finally {
        await scene.close()
      }
    },
  )

  test('nobody is told of it who may not do it, or of a fleet that is not there for them', async () => {
    const before = await Scene.open({ database })
    const [own, other] = [await before.fleet(), await before.fleet()]
    const [device] = await before.devices(other, 1)
    const release = await before.release(other.id, '1.0.0')
    await before.close()
    const scene = await Scene.open({ database, environment, source: new MadeSource() })
    try {
      const viewer = await scene.app.as('viewer')
      const elsewhere = await scene.app.as('admin', own.id)
      const call = callOf(scene, { ...paramsOf(other.id, device?.uuid ?? ''), releaseId: release.id })
      for (const one of needy) {
        expect((await call(one, {})).statusCode, one.name).toBe(401)
        expect((await call(one, viewer)).statusCode, one.name).toBe(403)
        const beyond = await call(one, elsewhere)
        expect([403, 404], `${one.name}: ${beyond.body}`).toContain(beyond.statusCode)
        expect((await call(one, scene.admin.headers)).statusCode, one.name).toBe(409)
      }
    } finally {
      await scene.close()
    }
  })

  test('diagnostics are put together without asking the device, and say why', async () => {
    const before = await Scene.open({ database })
    const [device] = await before.devices(await before.fleet(), 1)
    await before.close()
    const scene = await Scene.open({
      database,
      source: new MadeSource(['collect-diagnostics']),
    })
    try {
      const support = new TestClient(scene.app, await scene.app.as('support'))
      const answer = await support.send('downloadDiagnostics', {
        params: { uuid: device?.uuid ?? '' },
        body: {},
      })
      expect(answer.statusCode, answer.body.slice(0, 500)).toBe(200)
      expect(await readmeOf(answer.rawPayload)).toContain(
        `${whyOf('collect-diagnostics')}; it has told nothing before either.`,
      )
    } finally {
      await scene.close()
    }
  })
})

async function readmeOf(archive: Buffer): Promise<string> {
  const zip = await yauzl.fromBufferPromise(archive, { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith('README.txt')) continue
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString('utf8').replace(/\s+/g, ' ')
  }
  throw new Error('the archive holds no README.txt')
}
