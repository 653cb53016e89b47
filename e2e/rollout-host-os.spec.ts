import { compareOsVersions, osVersionIn } from '#contract/host-os'
import { expectAccessible } from './fixtures/accessibility.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { planOf, readRollout, readStates } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'

const VERSION = '7.2.0'
const COUNT = 8

test('a host OS version is sent from the page; a device with a bad slot boots its old one again and counts as rolled back', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices } = await setStage(gateway, switchOn, {
    name: 'Slots',
    devices: { 'raspberrypi4-64': COUNT },
  })
  const before = new Map(devices.devices.map((device) => [device.uuid, device.osVersion]))
  expect([...before.values()].every((version) => compareOsVersions(version, VERSION) < 0)).toBe(true)
  const bad = devices.devices.filter((_device, index) => index < 2).map((device) => device.uuid)
  for (const uuid of bad) devices.inject(uuid, { kind: 'bad-slot', outcome: 'no-boot' })
  await gateway.api.call('savePlanTemplate', {
    params: { fleetId: fleet.id },
    body: {
      name: 'Slots',
      plan: planOf([['Everyone', 100]], {
        gates: {
          successPercent: 50,
          minimumSample: 3,
          maxFailurePercent: 20,
          maxSilentPercent: null,
          maxCrashLoopPercent: null,
          maxHealthDifference: null,
          onTrip: 'pause',
        },
      }),
    },
  })

  await page.goto(`/rollouts/new?fleetId=${fleet.id}&template=Slots`)
  await page.getByRole('button', { name: 'Host OS version' }).click()
  await page.getByLabel('Host OS version', { exact: true }).selectOption('Another version…')
  await page.getByLabel('Version', { exact: true }).fill('newest')
  await expect(page.getByText(/^It must be a version such as/)).toBeVisible()
  await page.getByLabel('Version', { exact: true }).fill(VERSION)
  await expect(page.getByText(`${COUNT} of ${COUNT} devices will be updated`)).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Start…' }).click()
  const dialog = page.getByRole('dialog', { name: `Send host OS ${VERSION} to ${COUNT} devices` })
  await expect(dialog).toContainText('reboots into its other slot')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Start rollout' }).click()

  await expect(page).toHaveURL(/\/rollouts\/\d+$/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Host OS ${VERSION} to ${fleet.name}`)
  const id = Number(/\d+$/.exec(page.url())?.[0])
  const watched = new RolloutPage(page)
  // What went back by itself counts as failed for the gate.
  await expect(watched.halt).toHaveText(
    /^The rollout pauses: ([12]) of \d devices of phase "Everyone" failed \([\d.]+ %\), \1 of them went back by (itself|themselves); the limit is 20 %\.$/,
    { timeout: 60_000 },
  )
  await expectAccessible(page)
  await watched.verb('Resume').click()
  await watched.expectState('Completed')
  const { counts } = await readRollout(gateway.api, id)
  expect(counts).toMatchObject({ succeeded: COUNT - bad.length, 'rolled-back': bad.length, failed: 0 })
  const states = await readStates(gateway.api, id)
  for (const device of devices.devices) {
    const isBad = bad.includes(device.uuid)
    expect(states.get(device.uuid)?.state).toBe(isBad ? 'rolled-back' : 'succeeded')
    expect(device.osVersion).toBe(isBad ? before.get(device.uuid) : VERSION)
  }
  await expect(watched.failures).toContainText(/Rolled back by the device: balenaOS 7\.2\.0 did not boot/)
  await expectAccessible(page)

  const [first = ''] = bad
  const { device } = await gateway.api.call('getDevice', { params: { uuid: first } })
  expect(device.hostOs.targetVersion).toBeNull()
  expect(osVersionIn(device.hostOs.version)).toBe(before.get(first))
  await page.goto(`/devices/${first}`)
  await expect(page.getByText(/^Rolled back: balenaOS 7\.2\.0 did not boot/)).toBeVisible()
})
