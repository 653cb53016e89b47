import { sendLines } from './fixtures/device-lines.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { LogPage } from './pages/log-page.ts'

test.use({ role: 'support' })

test('support finds an error, zooms to it, reads what came around it, and hands a colleague the link', async ({
  page,
  gateway,
  browser,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Searched')
  const { devices } = switchOn([{ fleet, count: 1 }])
  const [device] = devices
  if (!device) throw new Error('no device')
  const story = ['valve opens', 'pressure 8 bar', 'ERROR valve 7 stuck', 'valve retried', 'valve given up']
  await expect.poll(() => sendLines(gateway.url, device, story)).toBe(true)

  const logs = new LogPage(page)
  await logs.open(`?fleetId=${fleet.id}`)
  await page.getByRole('button', { name: /^Time range/ }).click()
  await page.getByRole('button', { name: 'The last 24 hours' }).click()
  await expect(page).toHaveURL(/range=24h/)
  await logs.search('valve 7 stuck')
  await expect(logs.lines).toContainText('ERROR valve 7 stuck')
  await expect(page.getByTestId('histogram-words')).toContainText('1 line: 1 error')

  const plot = page.getByRole('slider', { name: 'Lines over time' })
  const box = await plot.boundingBox()
  if (!box) throw new Error('no histogram')
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 1, box.y + 20, { steps: 5 })
  await page.mouse.up()
  await expect(page).toHaveURL(/from=.*to=/)
  await expect(logs.lines).toContainText('ERROR valve 7 stuck')
  await page.goBack()
  await expect(page).toHaveURL(/range=24h/)

  await logs.lines.locator('time').first().click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('pressure 8 bar')
  await expect(dialog).toContainText('valve retried')
  await page.getByRole('combobox', { name: 'Lines before and after' }).selectOption('5')
  await expect(page).toHaveURL(/line=\d+/)
  await expect(page).toHaveURL(/context=5/)
  const link = page.url()

  const colleague = await browser.newContext({ baseURL: gateway.url })
  await colleague.addCookies([await gateway.cookieAs('viewer')])
  const theirs = await colleague.newPage()
  await theirs.goto(link)
  await expect(theirs.getByRole('dialog')).toContainText('pressure 8 bar')
  await theirs.keyboard.press('Escape')
  await expect(theirs.getByTestId('log-lines').locator('.outline-accent')).toContainText(
    'ERROR valve 7 stuck',
  )
  await colleague.close()

  const stranger = await browser.newContext({ baseURL: gateway.url })
  const refused = await stranger.newPage()
  await refused.goto(link)
  await expect(refused).toHaveURL(/sign-in/)
  await expect(refused.getByText('valve 7 stuck')).toHaveCount(0)
  await stranger.close()
})
