import type { Locator, Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessibility.ts'
import { makeRelease } from './fixtures/fleets.ts'
import { makeWellDevice } from './fixtures/sick-device.ts'
import { expect, test } from './fixtures/test.ts'
import { expectNothingTooWide } from './fixtures/too-wide.ts'

const lane = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const marks = (page: Page, name: string, mark: RegExp) => lane(page, name).getByRole('link', { name: mark })

/** The range in the address, in ms; null while it is a live one. */
function spanOf(page: Page): { fromMs: number; toMs: number; lengthMs: number } | null {
  const query = new URL(page.url()).searchParams
  const [fromMs, toMs] = [query.get('from'), query.get('to')].map((at) => Date.parse(at ?? ''))
  if (fromMs === undefined || toMs === undefined || Number.isNaN(fromMs) || Number.isNaN(toMs)) return null
  return { fromMs, toMs, lengthMs: toMs - fromMs }
}
const length = (page: Page) => spanOf(page)?.lengthMs ?? null
const from = (page: Page) => spanOf(page)?.fromMs ?? null

async function boxOf(element: Locator) {
  const box = await element.boundingBox()
  if (!box) throw new Error('It is not on screen')
  return box
}

test('what a device went through stands on its lanes; pointing tells, pressing opens the logs of that minute', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { uuid, fleet, virtual } = await makeWellDevice(gateway, switchOn, { name: 'Looked back at' })
  await page.goto(`/devices/${uuid}/timeline?range=1h`)
  await expect(marks(page, 'Connectivity', /Online/).last()).toBeVisible()
  await expect(marks(page, 'Release', /1\.0\.0/)).toHaveCount(1)

  await gateway.api.call('setDeviceVariable', {
    params: { uuid },
    body: { kind: 'environment', name: 'RATE', value: '5' },
  })
  await makeRelease(gateway.api, fleet, {
    semver: '1.1.0',
    services: [{ name: 'sensor', version: '1.1.0' }],
  })
  await expect(marks(page, 'Updates', /1\.1\.0.*done/).last()).toBeVisible({ timeout: 60_000 })
  await expect(marks(page, 'Release', /1\.1\.0/).last()).toBeVisible()
  virtual.inject(uuid, { kind: 'watchdog' })
  await expect(marks(page, 'Reboots', /watchdog/i).last()).toBeVisible({ timeout: 60_000 })
  virtual.inject(uuid, { kind: 'crash-loop', exitCode: 3, everySeconds: 4 })
  const loop = marks(page, 'sensor', /Crash loop, \d+ restarts/)
  await expect(loop).toHaveCount(1, { timeout: 60_000 })

  // Held, so that nothing moves under the pointer.
  await page.getByRole('button', { name: 'Hold' }).click()
  await expect.poll(() => spanOf(page)).not.toBeNull()
  const tip = page.locator('[data-lanes] > [aria-hidden]')
  await marks(page, 'Updates', /1\.1\.0.*done/)
    .last()
    .hover()
  await expect(tip).toContainText(/In all: \d+ m?s/)
  await expect(tip).toContainText(/kB|MB|bytes/)
  await marks(page, 'Changes', /Variable|changes/)
    .last()
    .focus()
  await expect(tip).toContainText('tests as admin')
  await loop.focus()
  await expect(tip).toContainText(/sensor crash-looped: \d+ restarts in .*exit code 3/)
  await expectAccessible(page)

  await page
    .getByRole('radio', { name: 'Table' })
    .or(page.getByRole('button', { name: 'Table' }))
    .click()
  await expect(page.getByRole('table')).toContainText('Crash loop')
  await expectAccessible(page)
  await page.goBack()
  await page.goto(`/devices/${uuid}/timeline?range=1h`)
  await marks(page, 'Reboots', /watchdog/i)
    .last()
    .click()
  await expect(page).toHaveURL(/\/logs\?from=.*&to=/)
  await expect(page.getByTestId('log-lines')).toContainText(/\S/)
})

test('wheel, drag, brush, keys and pinch zoom and move; the address holds what is shown', async ({
  page,
  browser,
  gateway,
  switchOn,
}) => {
  const { uuid } = await makeWellDevice(gateway, switchOn, { name: 'Zoomed into' })
  // Beyond the moment: the device was registered a second ago, and a pixel of this hour is three.
  const toMs = Math.ceil(Date.now() / 1000) * 1000 + 10_000
  const held = `from=${new Date(toMs - 3_600_000).toISOString()}&to=${new Date(toMs).toISOString()}`
  const address = `/devices/${uuid}/timeline?${held}`
  await page.goto(address)
  const track = lane(page, 'Connectivity').getByTestId('timeline-lane')
  await expect(track).toBeVisible()
  const axis = page.locator('[data-axis]')

  await test.step('the wheel over the axis zooms around the pointer', async () => {
    const box = await boxOf(axis)
    await page.mouse.move(box.x + box.width - 0.5, box.y + box.height / 2)
    await page.mouse.wheel(0, -400)
    await expect.poll(() => length(page)).toBeLessThan(3_600_000 * 0.7)
    expect(Math.abs((spanOf(page)?.toMs ?? 0) - toMs)).toBeLessThan(20_000)
  })

  const drag = async (over: Locator, fromShare: number, toShare: number) => {
    const box = await boxOf(over)
    await page.mouse.move(box.x + box.width * fromShare, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * toShare, box.y + box.height / 2, { steps: 5 })
    await page.mouse.up()
  }
  await test.step('a drag over the lanes moves along time, also back from before the device was there', async () => {
    const before = spanOf(page)
    await drag(track, 0.3, 0.6)
    await expect.poll(() => from(page)).toBeLessThan(before?.fromMs ?? 0)
    expect(length(page)).toBe(before?.lengthMs)
    const nothing = page.getByText('The device was not registered yet in this range.')
    await expect(nothing).toBeVisible()
    await drag(nothing, 0.7, 0.3)
    await expect(track).toBeVisible()
    // The press that ended a drag opened nothing.
    expect(page.url()).toContain('/timeline?')
  })

  await test.step('a drag over the axis chooses what to show', async () => {
    const before = length(page) ?? 0
    await drag(axis, 0.75, 0.999)
    await expect.poll(() => (length(page) ?? 0) / before).toBeCloseTo(0.25, 1)
  })

  await test.step('plus and minus zoom, the arrows move', async () => {
    await page.goto(address)
    await lane(page, 'Connectivity').getByRole('link').first().focus()
    await page.keyboard.press('+')
    await expect.poll(() => length(page)).toBe(1_800_000)
    // The mark that had the focus is out of sight; the keys go on.
    await expect(page.locator('[data-lanes]')).toBeFocused()
    const before = from(page) ?? 0
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => from(page)).toBe(before - 450_000)
    await page.keyboard.press('-')
    await expect.poll(() => length(page)).toBe(3_600_000)
  })

  await test.step('a colleague opens the very same range', async () => {
    const hint = (of: Page) =>
      of.getByRole('region', { name: 'Timeline', exact: true }).locator('header p').innerText()
    const colleague = await browser.newContext({ baseURL: gateway.url })
    await colleague.addCookies([await gateway.cookieAs('viewer')])
    const theirs = await colleague.newPage()
    await page.getByRole('button', { name: 'Later' }).click()
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await page.getByRole('button', { name: 'Later' }).click()
    await expect(track).toBeVisible()
    await theirs.goto(page.url())
    await expect(lane(theirs, 'Connectivity')).toBeVisible()
    expect(await hint(theirs)).toBe(await hint(page))
    await colleague.close()
  })

  await test.step('two fingers zoom on a phone, and nothing is too wide', async () => {
    const phone = await browser.newContext({
      baseURL: gateway.url,
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      colorScheme: 'dark',
    })
    await phone.addCookies([await gateway.cookieAs('viewer')])
    const small = await phone.newPage()
    await small.goto(address)
    const touched = lane(small, 'Connectivity').getByTestId('timeline-lane')
    await touched.scrollIntoViewIfNeeded()
    const box = await boxOf(touched)
    const [middle, y] = [box.x + box.width / 2, box.y + box.height / 2]
    const cdp = await phone.newCDPSession(small)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) =>
      cdp.send('Input.dispatchTouchEvent', {
        type,
        touchPoints:
          type === 'touchEnd'
            ? []
            : [
                { x: middle - apart, y, id: 0 },
                { x: middle + apart, y, id: 1 },
              ],
      })
    await touch('touchStart', 30)
    for (const apart of [45, 60, 75, 90]) await touch('touchMove', apart)
    await touch('touchEnd', 90)
    await expect.poll(() => length(small)).toBeLessThan(3_600_000 * 0.5)
    await expectNothingTooWide(small)
    await expectAccessible(small)
    await phone.close()
  })
})
