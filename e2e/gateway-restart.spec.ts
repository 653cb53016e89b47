import { sendLines } from './fixtures/device-lines.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { DevicesPage } from './pages/devices-page.ts'
import { LogPage } from './pages/log-page.ts'
import { Shell } from './pages/shell.ts'

const COUNT = 5

test('kill -9 of the gateway: nothing acknowledged is lost, devices and pages come back by themselves', async ({
  page,
  context,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Survivors')
  await makeRelease(gateway.api, fleet, {
    semver: '1.0.0',
    services: [{ name: 'main', version: '1.0.0' }],
  })
  const virtual = switchOn([{ fleet, count: COUNT }])
  const [device] = virtual.devices
  if (!device) throw new Error('no device')

  const list = new DevicesPage(page)
  await list.open(`?fleetId=${fleet.id}`)
  await list.expectCount(`${COUNT} devices match`)
  await expect(page.getByText('Online', { exact: true })).toHaveCount(COUNT)
  const logPage = await context.newPage()
  const logs = new LogPage(logPage)
  await logs.open(`?fleetId=${fleet.id}`)
  await logs.expectMoreThan(5)
  // A page that was loaded again would have lost these.
  for (const open of [page, logPage]) await open.evaluate(() => Reflect.set(window, 'isSameDocument', true))

  const shells = [new Shell(page), new Shell(logPage)]
  // The socket's code comes after the first data: what is killed is a gateway that both pages were connected to.
  for (const shell of shells) await shell.expectConnection('Live')

  const acknowledged: string[] = []
  const sending = (async () => {
    for (let batch = 0; ; batch += 1) {
      const lines = Array.from({ length: 10 }, (_value, index) => `acknowledged ${batch * 10 + index}.`)
      if (!(await sendLines(gateway.url, device, lines))) return
      acknowledged.push(...lines)
    }
  })()
  // In the middle of it: a device may send 15 batches in 10 s.
  await expect.poll(() => acknowledged.length).toBeGreaterThanOrEqual(50)
  await gateway.process.kill()
  await sending

  for (const shell of shells) await expect(shell.connection).toHaveText(/^(Reconnecting|Stale)/)
  // What was on screen stays there, not shown as fresh.
  await list.expectCount(`${COUNT} devices match`)

  await gateway.process.start()
  for (const shell of shells) await shell.expectConnection('Live')
  await expect(page.getByText('Online', { exact: true })).toHaveCount(COUNT)
  await expect
    .poll(async () => {
      const { rows } = await gateway.api.call('listDevices', { query: { fleetId: fleet.id } })
      return rows.filter((row) => row.connectivity === 'online').length
    })
    .toBe(COUNT)

  const stored = await gateway.api.call('searchLogs', {
    query: { device: device.uuid, text: 'acknowledged ', limit: 2000 },
  })
  const messages = stored.lines.map((line) => line.message)
  expect(messages).toEqual(expect.arrayContaining(acknowledged))
  expect(new Set(messages).size, 'no line is stored twice').toBe(messages.length)

  // The open log page goes on where it was: what comes now arrives there, and what it missed too.
  await expect.poll(() => sendLines(gateway.url, device, ['after the restart'])).toBe(true)
  await expect(logs.lines).toContainText('after the restart')
  virtual.inject(device.uuid, { kind: 'undervoltage' })
  await expect(list.row(device.name ?? '-')).toContainText('Undervoltage')
  for (const open of [page, logPage])
    expect(await open.evaluate(() => Reflect.get(window, 'isSameDocument') as boolean)).toBe(true)
})
