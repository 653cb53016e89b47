import { expect, test } from '@playwright/test'
import { allBlows, Blows } from './fixtures/cluster-blows.ts'
import { lookFor } from './fixtures/cluster-check.ts'
import { ClusterLoad } from './fixtures/cluster-load.ts'
import { openPages, setClusterScene, settle, untilHealed } from './fixtures/cluster-scene.ts'
import { Cluster } from './fixtures/cluster.ts'
import { makeFleet } from './fixtures/fleets.ts'

let cluster: Cluster | undefined
test.beforeAll(async () => {
  test.setTimeout(120_000)
  cluster = await Cluster.start(2)
})
test.afterAll(() => cluster?.dispose())

test('two gateways behind one address: each, Redis and PostgreSQL die and come back; nothing acknowledged is lost or doubled', async ({
  browser,
}) => {
  test.setTimeout(300_000)
  test.skip(cluster === undefined, 'this machine has no PostgreSQL or no Redis')
  if (!cluster) return
  const scene = await setClusterScene(cluster, {
    devices: 12,
    speed: 20,
    phases: 3,
    soakSeconds: 2,
    startWithinMs: 0,
  })
  const load = new ClusterLoad(cluster)
  try {
    const uuids = scene.devices.devices.map(({ uuid }) => uuid)
    await load.start(await makeFleet(cluster.api, 'Writers'), 4, uuids)
    const pages = await openPages(browser, cluster, ['/fleets', `/rollouts/${String(scene.rolloutId)}`])
    const blows = new Blows(cluster, 'several gateways')
    for (const blow of allBlows) {
      blows.once(blow)
      await blows.heal()
    }
    await load.stop()
    await settle(cluster, scene, 120_000)
    for (const page of pages) await untilHealed(page, 60_000)
    const findings = await lookFor(cluster, load, scene.devices)
    for (const { what, acknowledged, lost, doubled } of findings) {
      expect.soft({ lost, doubled }, what).toEqual({ lost: 0, doubled: 0 })
      expect.soft(acknowledged, `${what} acknowledged`).toBeGreaterThan(0)
    }
    expect(await cluster.api.call('checkAudit')).toMatchObject({ isWhole: true })
  } finally {
    await load.stop()
    await scene.devices.stop()
  }
})
