import { expectAccessible } from './fixtures/accessibility.ts'
import { startDevices } from './fixtures/fleets.ts'
import { killAlong, momentsOf } from './fixtures/kill-moments.ts'
import { setStage, type Stage } from './fixtures/rollout-story.ts'
import { planOf, readRollout, readStates, running } from './fixtures/rollouts.ts'
import { startTestGateway, type TestGateway } from './fixtures/test-gateway.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'
import { Shell } from './pages/shell.ts'

const COUNT = 24
const KILLS = 10

/** The same fleet on a gateway of its own: device uuids come from the seed, so order and faults are the same too. */
async function begin(gateway: TestGateway): Promise<{ stage: Stage; rolloutId: number }> {
  const stage = await setStage(gateway, (groups, options) => startDevices(gateway, groups, options), {
    name: 'Killed again and again',
    devices: { 'raspberrypi4-64': COUNT },
    fault: { kind: 'crash-loop', share: 0.25, afterSeconds: 2 },
  })
  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: stage.fleet.id },
    body: {
      releaseId: stage.next.id,
      // A soak in which a crash loop shows itself even when the gateway is away for a part of it.
      plan: planOf(
        [
          ['First', 40],
          ['Everyone', 100],
        ],
        { maxUpdating: 6 },
        8,
      ),
    },
  })
  return { stage, rolloutId: id }
}

/** Final state of each device: as the rollout tells it, and which release it really runs. */
async function endOf(gateway: TestGateway, { stage, rolloutId }: Awaited<ReturnType<typeof begin>>) {
  await expect
    .poll(async () => (await readRollout(gateway.api, rolloutId)).state, { timeout: 120_000 })
    .toBe('completed')
  const commits = running(stage.devices)
  return [...(await readStates(gateway.api, rolloutId))].map(([uuid, { state, phaseIndex }]) => ({
    uuid,
    state,
    phaseIndex,
    runsTheRelease: commits.get(uuid) === stage.next.commit,
  }))
}

test('kill -9 of the gateway at ten random moments of a rollout ends as the undisturbed rollout does', async ({
  browser,
}) => {
  test.setTimeout(600_000)
  const seed = process.env.WHEELHOUSE_KILL_SEED ?? String(Date.now() % 1_000_000)
  test.info().annotations.push({ type: 'seed', description: seed })
  process.stdout.write(`kill moments are drawn from WHEELHOUSE_KILL_SEED=${seed}\n`)

  const [calm, killed] = [await startTestGateway(), await startTestGateway()]
  const undisturbed = await begin(calm)
  try {
    const expected = await endOf(calm, undisturbed)
    await undisturbed.stage.devices.stop()
    await calm.process.dispose()
    expect(new Set(expected.map((one) => one.state))).toEqual(new Set(['succeeded', 'failed']))

    const disturbed = await begin(killed)
    const context = await browser.newContext({ baseURL: killed.url })
    await context.addCookies([await killed.cookieAs('admin')])
    const page = await context.newPage()
    const watched = new RolloutPage(page)
    try {
      await watched.open(disturbed.rolloutId)
      const moments = momentsOf(seed, KILLS, COUNT)
      await killAlong(killed, disturbed.rolloutId, moments)
      expect(await endOf(killed, disturbed)).toEqual(expected)

      // The page stood open all the while.
      await new Shell(page).expectConnection('Live')
      await watched.expectState('Completed')
      await watched.expectNotReloaded()
      const succeeded = expected.filter((one) => one.state === 'succeeded').length
      await expect(watched.figure(`of ${COUNT}`)).toContainText(String(succeeded))
      await expectAccessible(page)
    } finally {
      await context.close()
      await disturbed.stage.devices.stop()
    }
  } finally {
    await undisturbed.stage.devices.stop()
    await calm.process.dispose()
    await killed.process.dispose()
  }
})
