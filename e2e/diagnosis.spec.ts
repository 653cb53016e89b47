/** Faults are planted in a device; the first reason on its page must name the layer and the cause. */
import { expectAccessible } from './fixtures/accessibility.ts'
import type { FaultInput } from '../simulator/device/faults.ts'
import { makeRelease } from './fixtures/fleets.ts'
import { expectFirstReason, firstReason, makeWellDevice } from './fixtures/sick-device.ts'
import { expect, test } from './fixtures/test.ts'

// Most of the time they wait for a device to fall ill: they need not wait for each other.
test.describe.configure({ mode: 'parallel' })

const crash = {
  'io.wheelhouse.simulator.fault': 'crash-loop',
  'io.wheelhouse.simulator.fault.exit-code': '3',
  'io.wheelhouse.simulator.fault.after-seconds': '5',
}

test('undervoltage is the first reason, before the reboots it causes', async ({
  page,
  gateway,
  switchOn,
}) => {
  const device = await makeWellDevice(gateway, switchOn, { name: 'Thin cable', speed: 30 })
  device.virtual.inject(device.uuid, { kind: 'undervoltage' })
  device.virtual.inject(device.uuid, { kind: 'power-cut', forSeconds: 30 })
  await device.open(page)
  await expectFirstReason(page, 'Hardware: undervoltage', /supply voltage is too low/)
  const reasons = page.getByRole('list', { name: 'Reasons, the root cause first' })
  await expect(reasons).toContainText('Hardware: unexpected reboot')
  await expect(reasons).toContainText('Probably a consequence of: undervoltage.')
  await expect(firstReason(page)).toContainText('Replace the power supply')
  await expectAccessible(page)
})

test('a full disk is the first reason, with the figure and the limit', async ({
  page,
  gateway,
  switchOn,
}) => {
  const device = await makeWellDevice(gateway, switchOn, { name: 'Full disk', speed: 60 })
  device.virtual.inject(device.uuid, { kind: 'disk-full', percent: 99 })
  device.virtual.inject(device.uuid, { kind: 'crash-loop' })
  await device.open(page)
  await expectFirstReason(page, 'Host OS: storage nearly full', /Storage 9\d % full, limit 95 %/)
  await expect(page.getByRole('list', { name: 'Reasons, the root cause first' })).toContainText(
    'Service sensor: crash-looping',
  )
})

test('a crash loop after a release names the release', async ({ page, gateway, switchOn }) => {
  const device = await makeWellDevice(gateway, switchOn, { name: 'Bad release' })
  await device.open(page)
  await makeRelease(gateway.api, device.fleet, {
    semver: '1.4.2',
    services: [{ name: 'sensor', version: '1.4.2', labels: crash }],
  })
  await expectFirstReason(
    page,
    'Service sensor: crash-looping',
    /restarted \d+ times in 10 min, limit 3; last exit code 3/,
  )
  await expect(firstReason(page)).toContainText(
    /Began (less than a second|\d+ s) after release 1\.4\.2 arrived/,
  )
  await expect(firstReason(page)).toContainText('It is the only device of its fleet.')
  await expectAccessible(page)
  await firstReason(page)
    .getByRole('link', { name: /^release 1\.4\.2/ })
    .click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('1.4.2')
})

test('a crash loop after a change of a variable names the variable and who changed it', async ({
  page,
  gateway,
  switchOn,
}) => {
  const device = await makeWellDevice(gateway, switchOn, {
    name: 'Bad variable',
    labels: { ...crash, 'io.wheelhouse.simulator.fault.when-variable': 'MODE=broken' },
  })
  await device.open(page)
  await gateway.api.call('setDeviceVariable', {
    params: { uuid: device.uuid },
    body: { kind: 'environment', name: 'MODE', value: 'broken' },
  })
  await expectFirstReason(page, 'Service sensor: crash-looping', /last exit code 3/)
  await expect(firstReason(page)).toContainText(
    /Began (less than a second|\d+ s) after the variable MODE was changed by .+\./,
  )
})

test('a host OS that went back is the first reason, with the version', async ({
  page,
  gateway,
  switchOn,
}) => {
  const device = await makeWellDevice(gateway, switchOn, { name: 'Went back', speed: 30 })
  device.virtual.inject(device.uuid, { kind: 'os-update', version: '7.9.9', outcome: 'no-boot' })
  await device.open(page)
  await expectFirstReason(page, 'Host OS: rolled back', /balenaOS 7\.9\.9 did not boot/)
})

test('an update lock that is held is the first reason, with what the device says', async ({
  page,
  gateway,
  switchOn,
}) => {
  const device = await makeWellDevice(gateway, switchOn, { name: 'Locked', limits: { updateLockMinutes: 0 } })
  device.virtual.inject(device.uuid, { kind: 'update-lock' })
  await device.open(page)
  await makeRelease(gateway.api, device.fleet, {
    semver: '1.1.0',
    services: [{ name: 'sensor', version: '1.1.0' }],
  })
  await expectFirstReason(
    page,
    'Service sensor: update lock held',
    /Everything is downloaded, but sensor holds the update lock.*The device says: a service holds updates\.lock/,
  )
  device.virtual.clear(device.uuid, 'update-lock')
  await expect(firstReason(page)).toHaveCount(0)
})

/** They show only after a while, which passes for all of them at once: each on a device and a page of its own. */
const slowFaults: {
  is: string
  device: Parameters<typeof makeWellDevice>[2]
  faults: FaultInput[]
  heading: string
  text: RegExp
  /** What the page says beside it. */
  also?: string
}[] = [
  {
    is: 'a network that comes and goes is told from a device that is lost',
    device: { name: 'Weak signal', limits: { networkDrops: 2 } },
    faults: [{ kind: 'flaky-link', upSeconds: 40, downSeconds: 140 }],
    heading: 'Network: flaky network',
    text: /Lost its connection \d+ times in 60 min without a reboot/,
  },
  {
    is: 'a clock that is years off is the first reason, in years',
    device: { name: 'Long ago', speed: 60 },
    faults: [{ kind: 'wrong-clock', offsetSeconds: -3 * 365.25 * 86_400 }],
    heading: 'Host OS: clock wrong',
    text: /Its clock is (3\.0|2\.9) years behind, limit 120 s/,
  },
  {
    is: 'a memory leak is told from memory that is merely full',
    device: { name: 'Leaking', speed: 60, limits: { memoryLeakMinutes: 1 } },
    faults: [{ kind: 'memory-leak', percentPerMinute: 2 }],
    heading: 'Host OS: memory leak',
    text: /Memory rose from \d+ % to 9\d % in \d+ (s|min) and never fell.*sensor is its only service/,
  },
  {
    is: 'a hung supervisor is no lost device: its reports stop, polls and logs go on',
    device: { name: 'Hung', limits: { supervisorSilentMinutes: 1 } },
    faults: [{ kind: 'supervisor-hang' }],
    heading: 'Supervisor: hung',
    text: /No state report for \d+ s, limit 1 min, though the device still polls; 1 service was running/,
    also: 'Online',
  },
  {
    is: 'a supervisor that no longer polls, while its logs arrive, is hung and not offline',
    device: { name: 'Hung and silent' },
    faults: [
      { kind: 'log-flood', linesPerSecond: 1 },
      { kind: 'supervisor-hang', polls: false },
    ],
    heading: 'Supervisor: hung',
    text: /its log lines still arrive: power and network work/,
  },
]

test('faults that take their time are told from what they look like', async ({
  context,
  gateway,
  switchOn,
}) => {
  test.setTimeout(240_000)
  await Promise.all(
    slowFaults.map((story) =>
      test.step(story.is, async () => {
        const device = await makeWellDevice(gateway, switchOn, story.device)
        for (const fault of story.faults) device.virtual.inject(device.uuid, fault)
        const page = await context.newPage()
        await device.open(page)
        await expectFirstReason(page, story.heading, story.text)
        if (story.also !== undefined)
          await expect(page.getByText(story.also, { exact: true }).first()).toBeVisible()
      }),
    ),
  )
})
