import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FleetSummary } from '#contract/fleet'
import { composeOf, imageOf, Scene } from '../../testing/scene.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`

describe('releases', () => {
  let scene: Scene
  let fleet: FleetSummary
  beforeAll(async () => {
    scene = await Scene.open()
  })
  afterAll(() => scene.close())
  beforeEach(async () => {
    fleet = await scene.fleet()
  })
  const params = () => ({ fleetId: fleet.id })
  const targetOf = async () =>
    (await scene.admin.ok('getFleet', { params: params() })).fleet.targetRelease?.id ?? null
  const update = (
    releaseId: number,
    body: { status?: 'final' | 'failed'; notes?: string; failureReason?: string },
  ) => scene.admin.ok('updateRelease', { params: { releaseId }, body })
  const audits = async () =>
    (await scene.admin.ok('listAudit', { query: { limit: 200 } })).rows.filter(
      (row) => row.fleetId === fleet.id,
    )

  test('one is made from a compose file, with images, layers and labels', async () => {
    const release = await scene.admin.ok('createRelease', {
      params: params(),
      body: {
        semver: 'v1.2.3',
        notes: 'First',
        composeYaml: `services:
  main:
    image: registry.example/main@${digest('a')}
    environment: { RATE: 5 }
    labels: { io.balena.update.strategy: hand-over }
    volumes: ['data:/data']
  side:
    image: registry.example/side:1
volumes: { data: {} }
`,
        images: { main: imageOf({ base: 1000, app: 50 }), side: imageOf({ base: 1000 }) },
      },
    })
    expect(release).toMatchObject({
      semver: '1.2.3',
      status: 'final',
      notes: 'First',
      serviceCount: 2,
      // The layer both images share counts once.
      sizeBytes: 1050,
      isFleetTarget: true,
      createdBy: 'test admin',
    })
    expect(release.commit).toMatch(/^[0-9a-f]{32}$/)
    expect(release.services.find((service) => service.name === 'main')).toMatchObject({
      digest: digest('a'),
      updateStrategy: 'hand-over',
      environment: { RATE: '5' },
      sizeBytes: 1050,
    })
    expect((await scene.admin.ok('getRelease', { params: { releaseId: release.id } })).composeYaml).toContain(
      'hand-over',
    )
  })

  test('a file that cannot run is refused with the line of each error, and checked without making one', async () => {
    const composeYaml = 'services:\n  main:\n    image: a\n    build: .\n    ports: ["99999:1"]\n'
    const check = await scene.admin.ok('checkCompose', { params: params(), body: { composeYaml } })
    expect(check.isValid).toBe(false)
    const lines = check.problems
      .filter((problem) => problem.severity === 'error')
      .map((problem) => problem.line)
    expect(lines).toContain(5)
    const refusal = await scene.admin.refused('createRelease', 400, {
      params: params(),
      body: { semver: '1.0.0', composeYaml },
    })
    expect(refusal).toMatchObject({ code: 'compose-invalid' })
    expect(refusal.errors?.some((error) => error.field.startsWith('body.composeYaml:5:'))).toBe(true)
    expect((await scene.admin.ok('listReleases', { query: { fleetId: fleet.id } })).total).toBe(0)
  })

  test('what is taken or wrong is refused with its field', async () => {
    const commit = 'c'.repeat(32)
    await scene.release(fleet.id, '1.0.0', { commit })
    const body = { semver: '1.1.0', composeYaml: composeOf({ main: 'a' }) }
    for (const [more, status, field] of [
      [{ semver: '1.0.0' }, 409, 'body.semver'],
      [{ commit }, 409, 'body.commit'],
      [{ semver: 'one' }, 400, 'body.semver'],
      [{ commit: 'XYZ' }, 400, 'body.commit'],
      [{ deviceTypes: ['toaster'] }, 400, 'body.deviceTypes'],
      [{ notes: 'nul\0' }, 400, 'body.notes'],
      [{ composeYaml: '' }, 400, 'body.composeYaml'],
    ] as const) {
      const refusal = await scene.admin.refused('createRelease', status, {
        params: params(),
        body: { ...body, ...more, deviceTypes: 'deviceTypes' in more ? [...more.deviceTypes] : [] },
      })
      expect(refusal.errors?.[0]?.field).toBe(field)
    }
    // Two drafts may share a version; only one of them can become final.
    const draft = async () => {
      scene.app.clock.advance(1)
      return scene.release(fleet.id, '2.0.0', { isDraft: true })
    }
    const drafts = [await draft(), await draft()]
    await update(drafts[0]?.id ?? 0, { status: 'final' })
    await scene.admin.refused('updateRelease', 409, {
      params: { releaseId: drafts[1]?.id ?? 0 },
      body: { status: 'final' },
    })
  })

  test('a draft is offered to nobody until it is final; a failed one gives its place back', async () => {
    const one = await scene.release(fleet.id, '1.0.0')
    const [device] = await scene.devices(fleet, 1)
    const draft = await scene.release(fleet.id, '2.0.0', { isDraft: true })
    expect(await targetOf()).toBe(one.id)
    scene.app.clock.advance(1000)
    expect((await update(draft.id, { status: 'final' })).finalisedAt).not.toBeNull()
    expect([await targetOf(), await device?.target()]).toEqual([draft.id, draft.id])
    const failed = await update(draft.id, { status: 'failed', failureReason: 'boot loop' })
    expect(failed).toMatchObject({ status: 'failed', failureReason: 'boot loop' })
    expect([await targetOf(), await device?.target()]).toEqual([one.id, one.id])
    await scene.admin.refused('updateRelease', 409, {
      params: { releaseId: draft.id },
      body: { status: 'final' },
    })
    // Said again, it is no second change.
    const before = await audits()
    await update(one.id, { status: 'final' })
    await update(draft.id, { status: 'failed' })
    expect(await audits()).toEqual(before)
    expect((await update(draft.id, { notes: 'why' })).notes).toBe('why')
  })

  test('a release in use is not marked failed before it is let go', async () => {
    const release = await scene.release(fleet.id, '1.0.0')
    const [device] = await scene.devices(fleet, 1)
    const fail = () =>
      scene.admin.refused('updateRelease', 409, {
        params: { releaseId: release.id },
        body: { status: 'failed' },
      })
    await scene.admin.ok('updateFleet', {
      params: params(),
      body: { policy: { kind: 'pinned', releaseId: release.id } },
    })
    expect((await fail()).detail).toContain('is pinned to 1.0.0')
    await scene.admin.ok('updateFleet', { params: params(), body: { policy: { kind: 'track-latest' } } })
    await scene.admin.ok('pinDevice', {
      params: { uuid: device?.uuid ?? '' },
      body: { releaseId: release.id },
    })
    expect((await fail()).detail).toContain('1 device is pinned to 1.0.0')
  })

  test('a release that does not fit a device type is not offered to it', async () => {
    const fits = await scene.release(fleet.id, '1.0.0')
    const [device] = await scene.devices(fleet, 1)
    const [other] = await scene.devices(fleet, 1, { deviceType: 'raspberrypi5' })
    const narrow = await scene.release(fleet.id, '2.0.0', { deviceTypes: ['raspberrypi5'] })
    expect([await device?.target(), await other?.target()]).toEqual([fits.id, narrow.id])
    const [armv7] = await scene.devices(fleet, 1, { deviceType: 'raspberrypi3' })
    await scene.release(fleet.id, '3.0.0', {
      composeYaml: 'services:\n  main:\n    image: a\n    platform: linux/arm64\n',
    })
    expect(await armv7?.target()).toBeNull()
  })

  test('two are compared by services, variables and the bytes between them', async () => {
    const from = await scene.release(fleet.id, '1.0.0', {
      composeYaml:
        'services:\n  main:\n    image: a:1\n    environment: { RATE: 1 }\n  gone:\n    image: b\n',
      images: { main: imageOf({ base: 1000, one: 10 }), gone: imageOf({ gone: 5 }) },
    })
    const to = await scene.release(fleet.id, '2.0.0', {
      composeYaml:
        'services:\n  main:\n    image: a:2\n    environment: { RATE: 2 }\n  fresh:\n    image: c\n',
      images: { main: imageOf({ base: 1000, two: 20 }), fresh: imageOf({ base: 1000, new: 7 }) },
    })
    const comparison = await scene.admin.ok('compareReleases', { query: { from: from.id, to: to.id } })
    expect(comparison).toMatchObject({ missingBytes: 27, fullBytes: 1027 })
    const by = (name: string) => comparison.services.find((service) => service.name === name)
    expect(by('gone')?.change).toBe('removed')
    expect(by('fresh')).toMatchObject({ change: 'added', missingBytes: 7 })
    expect(by('main')?.differences).toEqual([
      { field: 'image', from: 'a:1', to: 'a:2' },
      { field: 'variable RATE', from: '1', to: '2' },
    ])
    await scene.admin.refused('compareReleases', 404, { query: { from: from.id, to: 999_999 } })
  })

  test('the list is searched, narrowed and paged, with who runs what', async () => {
    const one = await scene.release(fleet.id, '1.0.0', { notes: '100% done' })
    await scene.release(fleet.id, '2.0.0')
    await scene.release(fleet.id, '3.0.0-beta', { isDraft: true })
    const [device] = await scene.devices(fleet, 1)
    await device?.runs(one)
    const list = (query: Record<string, unknown>) =>
      scene.admin.ok('listReleases', { query: { fleetId: fleet.id, ...query } })
    const all = await list({})
    expect(all.rows.map((row) => row.semver)).toEqual(['3.0.0-beta', '2.0.0', '1.0.0'])
    expect(all.rows.map((row) => [row.runningCount, row.targetCount, row.isFleetTarget])).toEqual([
      [0, 0, false],
      [0, 1, true],
      [1, 0, false],
    ])
    expect((await list({ status: ['draft'] })).rows.map((row) => row.semver)).toEqual(['3.0.0-beta'])
    expect((await list({ q: '0% d' })).rows.map((row) => row.semver)).toEqual(['1.0.0'])
    expect((await list({ q: one.commit.slice(0, 8) })).rows).toHaveLength(1)
    const first = await list({ limit: 2 })
    const second = await list({ limit: 2, after: first.next })
    expect([...first.rows, ...second.rows]).toEqual(all.rows)
    expect(second.next).toBeNull()
    await scene.admin.refused('listReleases', 400, { query: { after: 'x' } })
  })
})
