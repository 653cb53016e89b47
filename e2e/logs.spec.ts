import { expectAccessible } from './fixtures/accessibility.ts'
import { sendLines } from './fixtures/device-lines.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { LogPage } from './pages/log-page.ts'

const services = [
  { name: 'sensor', version: '1.0.0' },
  { name: 'uplink', version: '1.0.0' },
]

test('lines of many devices flow, can be paused and followed again, and be narrowed', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Talkative')
  await makeRelease(gateway.api, fleet, { semver: '1.0.0', services })
  const { devices } = switchOn([{ fleet, count: 3 }])
  const logs = new LogPage(page)
  await logs.open(`?fleetId=${fleet.id}`)
  await expect(logs.status).toContainText('Following')
  await logs.expectMoreThan(20)
  await expect(logs.lines).toContainText('sensor')
  await expectAccessible(page)

  await logs.pause()
  await expect(logs.status).toContainText(/Paused, \d+ new lines?/)
  await expect(logs.status).not.toContainText('Paused, 0 new lines')
  await logs.follow()
  await expect(logs.status).toContainText('Following')

  const [device] = devices
  if (!device) throw new Error('no device')
  await expect.poll(() => sendLines(gateway.url, device, ['a needle in the haystack 4711'])).toBe(true)
  await logs.search('needle')
  await expect(logs.lines).toContainText('a needle in the haystack 4711')
  await expect(page).toHaveURL(/text=needle/)
  await page.reload()
  await expect(logs.lines).toContainText('a needle in the haystack 4711')
  expect(await logs.held()).toBe(1)

  await logs.searchByRegex('needle .* \\d{4}$')
  await expect(logs.lines).toContainText('a needle in the haystack 4711')
  await sendLines(gateway.url, device, ['another needle in a stack 4712', 'no match here'])
  await expect(logs.lines).toContainText('another needle in a stack 4712')
  await expect(logs.lines).not.toContainText('no match here')

  await logs.searchByRegex('needle(')
  // Beside the field, and where the lines would be.
  await expect(page.getByRole('alert').filter({ hasText: 'not a regular expression' }).first()).toBeVisible()
  await expectAccessible(page)
})

test('what a device writes is text: no markup, no escape sequences, colours only', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Hostile writers')
  const { devices } = switchOn([{ fleet, count: 1 }])
  const [device] = devices
  if (!device) throw new Error('no device')
  const lines = ['<img src=x onerror="document.title=1">', '\u001b[31mred\u001b[0m \u001b]0;title\u0007 done']
  await expect.poll(() => sendLines(gateway.url, device, lines)).toBe(true)
  const logs = new LogPage(page)
  await logs.open(`?fleetId=${fleet.id}`)
  await expect(logs.lines).toContainText('<img src=x onerror="document.title=1">')
  await expect(logs.lines).toContainText('red')
  await expect(logs.lines).not.toContainText('[31m')
  await expect(logs.lines.locator('img')).toHaveCount(0)
  await expect(page).toHaveTitle(/Logs/)
})
