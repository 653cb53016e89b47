import { expectAccessible } from './fixtures/accessibility.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { openGates, planOf, readRollout, readStates } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'

test('a release after which devices fall silent trips the silence gate, though they had reported it and their soak ended before anybody noticed', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, next } = await setStage(gateway, switchOn, {
    name: 'Gone silent',
    devices: { 'raspberrypi4-64': 30 },
    fault: { kind: 'silent', afterSeconds: 30 },
  })
  // Updates wait until the silence of the control group has been noticed: which comes first must not be left to chance.
  for (const { uuid } of devices.devices) devices.inject(uuid, { kind: 'update-lock' })
  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: {
      releaseId: next.id,
      plan: planOf(
        [
          ['Canary', 25],
          ['Everyone', 100],
        ],
        {
          controlPercent: 20,
          gates: { ...openGates, successPercent: 90, maxSilentPercent: 10 },
        },
        // Long over when the silence is noticed, 16 s after the last poll.
        3,
      ),
    },
  })
  // One of the control group loses its network as well: what would have happened anyway is not the release's fault.
  const states = await readStates(gateway.api, id)
  const control = [...states].find(([, member]) => member.phaseIndex === 2)?.[0] ?? '-'
  const { createdAt } = await readRollout(gateway.api, id)
  await expect
    .poll(async () => {
      const { device } = await gateway.api.call('getDevice', { params: { uuid: control } })
      return Date.parse(device.lastSeenAt ?? '') - Date.parse(createdAt)
    })
    // Whoever polled last before the start was away when the rollout began.
    .toBeGreaterThan(0)
  devices.cutNetwork([control])
  await expect
    .poll(async () => (await readStates(gateway.api, id)).get(control)?.state, { timeout: 60_000 })
    .toBe('offline')
  for (const { uuid } of devices.devices) devices.clear(uuid, 'update-lock')

  const watched = new RolloutPage(page)
  await watched.open(id)
  await expect(watched.halt).toHaveText(
    /^The rollout pauses: [2-6] of 6 devices that were offered the update fell silent \(\d+(\.\d)? %\), against 1 of 6 not updated \(16\.7 %\); the limit is 10 points more\.$/,
    { timeout: 60_000 },
  )
  await watched.expectState('Paused')
  const silence = watched.criterion('Fell silent')
  await expect(silence).toContainText('Stops the rollout')
  await expect(silence).toContainText('16.7 % of 6')
  await watched.expectLane('Canary', 'Open')
  await watched.expectLane('Everyone', 'Not open yet')
  await watched.expectNotReloaded()
  await expectAccessible(page)
  const touched = [...(await readStates(gateway.api, id)).values()].filter(
    (member) => member.phaseIndex > 0 && !['waiting', 'offline'].includes(member.state),
  )
  expect(touched, 'devices of later phases that were touched').toEqual([])
})
