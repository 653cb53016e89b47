import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeOf, Scene } from './testing/scene.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const chapter = /## From CI, in one call\n[^]*?```\n([^]*?)```/

/** The two calls that the guide shows: their addresses, and the body of the second with `$RELEASE` left open. */
function guided() {
  const lines = chapter.exec(readFileSync(path.join(root, 'docs/rollouts.md'), 'utf8'))?.[1] ?? ''
  const [releases = '', rollouts = ''] = [...lines.matchAll(/"\$WHEELHOUSE(\/[^"]+)"/g)].map(
    ([, address = '']) => address,
  )
  const [, body = ''] = /-d '(\{.*)'\s*$/m.exec(lines) ?? []
  return { releases, rollouts, body: (releaseId: number) => body.replace("'$RELEASE'", String(releaseId)) }
}

describe('a rollout started from CI, by the calls that the guide shows', () => {
  let scene: Scene
  let fleetId: number
  beforeAll(async () => {
    scene = await Scene.open()
    const fleet = await scene.fleet()
    fleetId = fleet.id
    await scene.devices(fleet, 3)
  })
  afterAll(() => scene.close())

  const post = async (role: 'support' | 'release-manager', address: string, payload: string) => {
    const answer = await scene.app.app.inject({
      method: 'POST',
      url: address.replace('/fleets/1/', `/fleets/${fleetId}/`),
      headers: { ...(await scene.app.as(role)), 'content-type': 'application/json' },
      payload,
    })
    await scene.settled()
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
  }
  const draft = (semver: string) =>
    JSON.stringify({ semver, composeYaml: composeOf({ main: 'registry.example/main:2' }), isDraft: true })

  test('a token of a release manager makes a draft and starts it from a template in one call', async () => {
    const { releases, rollouts, body } = guided()
    const made = await post('release-manager', releases, draft('2.4.0'))
    expect(made).toMatchObject({ status: 201, body: { semver: '2.4.0', status: 'draft' } })
    const started = await post('release-manager', rollouts, body(Number(made.body['id'])))
    expect(started, JSON.stringify(started.body)).toMatchObject({
      status: 201,
      body: { state: 'running', note: 'Nightly', createdBy: 'test release-manager', total: 3 },
    })
    // Careful: three small phases before everybody, and some held back.
    expect((started.body['phases'] as { name: string }[]).length).toBeGreaterThan(3)

    const again = await post('release-manager', rollouts, body(Number(made.body['id'])))
    expect(again.status).toBe(409)
    expect(String(again.body['detail'])).toContain(
      `Rollout ${String(started.body['id'])} still owns 3 devices`,
    )
  })

  test('a token of less may do neither, and a template that is not there is named', async () => {
    const { releases, rollouts, body } = guided()
    expect((await post('support', releases, draft('2.5.0'))).status).toBe(403)
    expect((await post('support', rollouts, body(1))).status).toBe(403)
    const unknown = await post('release-manager', rollouts, body(1).replace('Careful', 'Reckless'))
    expect(unknown.status).toBe(400)
    expect(JSON.stringify(unknown.body)).toContain('body.template')
  })
})
