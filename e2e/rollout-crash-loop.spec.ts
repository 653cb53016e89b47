import { expectAccessible } from './fixtures/accessibility.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { makeRelease } from './fixtures/fleets.ts'
import { countRunning, planOf, readRollout, readStates, readTold, running } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'

test('a release that crash-loops on one device type is stopped in the canary phase; every touched device is back on what it ran', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, old, next } = await setStage(gateway, switchOn, {
    name: 'Crash-looping',
    devices: { 'raspberrypi4-64': 20, raspberrypi5: 16 },
    fault: { kind: 'crash-loop', deviceTypes: 'raspberrypi5', afterSeconds: 3 },
  })
  // Some devices stand on a release of their own: rolling back must give them that again, not the fleet's.
  const own = await makeRelease(gateway.api, fleet, {
    semver: '0.9.0',
    services: [{ name: 'sensor', version: '0.9.0' }],
  })
  for (const { uuid } of devices.devices.filter((_device, index) => index % 3 === 0))
    await gateway.api.call('pinDevice', { params: { uuid }, body: { releaseId: own.id } })
  await expect.poll(() => countRunning(devices, own.commit)).toBe(12)
  await expect
    .poll(async () =>
      [...(await readTold(gateway.api, fleet.id)).values()].every((one) => one.runs === one.target),
    )
    .toBe(true)
  const before = await readTold(gateway.api, fleet.id)
  const ranBefore = running(devices)
  expect([...before.values()].filter((one) => one.pin === own.commit)).toHaveLength(12)

  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: {
      releaseId: next.id,
      plan: planOf(
        [
          ['Canary', 50],
          ['Everyone', 100],
        ],
        {
          includesPinned: true,
          controlPercent: 20,
          gates: {
            successPercent: 95,
            minimumSample: 3,
            maxFailurePercent: 60,
            maxSilentPercent: null,
            maxCrashLoopPercent: 20,
            maxHealthDifference: null,
            onTrip: 'roll-back',
          },
        },
      ),
    },
  })
  const watched = new RolloutPage(page)
  await watched.open(id)
  const sentence =
    /^The rollout goes back: Service sensor crash-loops on \d+ of \d+ updated raspberrypi5 devices \([\d.]+ %\), on 0 of \d+ not updated \(0 %\); the limit is 20 points more\.$/
  await expect(watched.halt).toHaveText(sentence, { timeout: 60_000 })
  await expectAccessible(page)
  await watched.expectState('Rolled back')
  await watched.expectNotReloaded()
  await watched.expectLane('Everyone', 'Not open yet')
  await expect(watched.timeline).toContainText(
    /Service sensor crash-loops on \d+ of \d+ updated raspberrypi5/,
  )
  await expect(watched.failures).toContainText(/sensor (restarted several times|should run but is)/)
  await expectAccessible(page)

  // What the devices themselves run, and what the gateway tells each of them: exactly as before.
  await expect.poll(() => [...running(devices)]).toEqual([...ranBefore])
  expect([...(await readTold(gateway.api, fleet.id))]).toEqual([...before])
  const members = [...(await readStates(gateway.api, id)).values()]
  const touched = members.filter((member) => member.state === 'rolled-back')
  expect(touched.length).toBeGreaterThan(0)
  expect(touched.every((member) => member.phaseIndex === 0)).toBe(true)
  expect(members.filter((member) => member.phaseIndex > 0).map((member) => member.state)).toEqual(
    members.filter((member) => member.phaseIndex > 0).map(() => 'skipped'),
  )
  const { haltReason, counts } = await readRollout(gateway.api, id)
  expect(haltReason).toMatch(sentence)
  expect(counts.succeeded + counts.failed).toBe(0)
  const { fleet: after } = await gateway.api.call('getFleet', { params: { fleetId: fleet.id } })
  expect(after.targetRelease?.id).toBe(old.id)
})
