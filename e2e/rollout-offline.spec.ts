import { expectAccessible } from './fixtures/accessibility.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { countRunning, openGates, planOf, readRollout, readStates } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'

const ALL = 25
const AWAY = 10

test('with 40 % of devices offline the gate judges the reachable ones; the others are owed, and update when they return', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, old, next } = await setStage(gateway, switchOn, {
    name: 'Half of it away',
    devices: { 'raspberrypi4-64': ALL },
  })
  const away = devices.devices.slice(0, AWAY).map((device) => device.uuid)
  devices.cutNetwork(away)
  await expect
    .poll(
      async () => {
        const { rows } = await gateway.api.call('listDevices', {
          query: { fleetId: fleet.id, connectivity: 'offline' },
        })
        return rows.length
      },
      { timeout: 60_000 },
    )
    .toBe(AWAY)

  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: {
      releaseId: next.id,
      plan: planOf(
        [
          ['Canary', 40],
          ['Everyone', 100],
        ],
        // All of the reachable ones, and nobody may fall silent: those who were away before count for neither.
        { gates: { ...openGates, successPercent: 100, maxSilentPercent: 0, maxFailurePercent: 0 } },
      ),
    },
  })
  const watched = new RolloutPage(page)
  await watched.open(id)
  for (const name of ['Canary', 'Everyone']) await watched.expectLane(name, 'Passed')
  await watched.expectState('Running')
  await expect(watched.figure('offline, still owed')).toContainText(String(AWAY))
  await expect(watched.timeline).toContainText(
    /of \d+ reachable devices succeeded \(\d+ in all, \d+ offline and still owed\)/,
  )
  await expectAccessible(page)
  const owed = await readStates(gateway.api, id)
  for (const [uuid, { state }] of owed)
    expect(state, uuid).toBe(away.includes(uuid) ? 'offline' : 'succeeded')
  expect(countRunning(devices, old.commit)).toBe(AWAY)

  devices.restoreNetwork(away)
  await watched.expectState('Completed')
  await watched.expectNotReloaded()
  await expect(watched.figure('offline, still owed')).toContainText(/^0/)
  expect(countRunning(devices, next.commit)).toBe(ALL)
  expect((await readRollout(gateway.api, id)).counts).toMatchObject({ succeeded: ALL, failed: 0, offline: 0 })
})
