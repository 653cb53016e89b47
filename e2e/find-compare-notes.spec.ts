import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease, pinFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { Shell } from './pages/shell.ts'
import { SignInPage } from './pages/sign-in-page.ts'

const viewer = { email: 'viewer@wheelhouse.test', password: 'a viewer passphrase' }

test.describe('support has a customer on the telephone', () => {
  test.use({ role: 'support' })

  test('finds the device by what is read out, compares it, leaves a note, watches it and hands over the view', async ({
    page,
    browser,
    gateway,
    switchOn,
  }) => {
    test.setTimeout(150_000)
    const fleet = await makeFleet(gateway.api, 'Read out by telephone')
    const services = [{ name: 'sensor', version: '1.0.0' }]
    const release = await makeRelease(gateway.api, fleet, { semver: '1.0.0', services })
    await pinFleet(gateway.api, fleet, release)
    const virtual = switchOn([{ fleet, count: 2 }])
    const [device, twin] = virtual.devices
    if (!device || !twin) throw new Error('no devices')
    await expect.poll(() => virtual.devices.filter(({ commit }) => commit === release.commit).length).toBe(2)
    const params = { uuid: device.uuid }
    await gateway.api.call('updateDevice', { params, body: { name: 'velvet-otter' } })
    await gateway.api.call('updateDevice', { params: { uuid: twin.uuid }, body: { name: 'crimson-heron' } })
    await gateway.api.call('setDeviceTag', { params: { ...params, key: 'site' }, body: { value: 'Quay 7' } })
    const { device: known } = await gateway.api.call('getDevice', { params })

    const shell = new Shell(page)
    await page.goto('/fleets')
    await shell.expectConnection('Live')
    const lookFor = async (text: string, why: string) => {
      await shell.openPalette()
      await shell.palette.getByRole('combobox').fill(text)
      const option = shell.palette.getByRole('option', { name: /velvet-otter/ })
      await expect(option).toContainText(why)
      await expect(option).toContainText('Read out by telephone · online')
    }
    await test.step('by a name typed wrongly, a tag, an address or a number', async () => {
      for (const [text, why] of [
        ['vlevet-ottr', 'similar name'],
        ['site=quay', 'tag site=Quay 7'],
        [known.macAddress?.slice(0, 11).toLowerCase() ?? '', 'MAC address'],
        [known.cpuId?.slice(-6) ?? '', 'serial number'],
        [known.ipAddress?.split(' ')[0] ?? '', 'IP address'],
      ] as const) {
        await lookFor(text, why)
        await expectAccessible(page)
        await page.keyboard.press('Escape')
      }
      await lookFor('vlevet-ottr', 'similar name')
      await page.keyboard.press('Enter')
      await expect(page).toHaveURL(new RegExp(`/devices/${device.uuid}`))
    })

    await test.step('a note is Markdown and never markup', async () => {
      const panel = page.getByRole('region', { name: 'Notes' })
      await panel.getByRole('button', { name: 'Write a note' }).click()
      await panel
        .getByRole('textbox', { name: 'New note' })
        .fill(
          'Key at the **harbour office**\n\n<img src=x onerror="document.title=1"> [call](javascript:alert(1))',
        )
      await panel.getByRole('button', { name: 'Save note' }).click()
      await expect(panel.getByText('harbour office', { exact: true })).toBeVisible()
      await expect(panel.locator('strong')).toHaveText('harbour office')
      await expect(panel.locator('img, a[href]')).toHaveCount(0)
      await expect(panel).toContainText('Some support')
      await expectAccessible(page)
    })

    await test.step('the device beside its fleet and beside its twin', async () => {
      await page.getByRole('link', { name: 'Compare', exact: true }).click()
      await expect(page.getByText(/Compared with its fleet Read out by telephone, 2 devices/)).toBeVisible()
      await page.getByRole('button', { name: 'Compare with a device…' }).click()
      await page.getByRole('searchbox', { name: 'Name, tag, IP, MAC or serial' }).fill('crimsno')
      await page.getByRole('button', { name: /crimson-heron/ }).click()
      await expect(page).toHaveURL(new RegExp(`with=${twin.uuid}`))
      await expect(page.getByRole('list', { name: 'Differences' })).toContainText(
        'site: only this device has it (Quay 7)',
      )
      await expectAccessible(page)
    })

    await test.step('its return is told to who watches it', async () => {
      await page.getByRole('button', { name: 'Watch', exact: true }).click()
      const watch = page.getByRole('dialog', { name: 'Watch this device' })
      const choice = watch.getByRole('group', { name: 'Tell me when: it returns' })
      await choice.getByRole('button', { name: 'Once' }).click()
      await expect(choice.getByRole('button', { name: 'Once' })).toHaveAttribute('aria-pressed', 'true')
      await expectAccessible(page)
      await page.keyboard.press('Escape')
      await page.goto('/notifications')
      await expect(page.getByRole('region', { name: 'Devices you watch' })).toContainText('It returns, once')
      await expectAccessible(page)
      device.powerOff()
      const connectivity = async () => (await gateway.api.call('getDevice', { params })).device.connectivity
      await expect.poll(connectivity, { timeout: 40_000 }).toBe('offline')
      device.powerOn()
      await expect(page.getByRole('list', { name: 'Notifications' })).toContainText('Came back online', {
        timeout: 40_000,
      })
      await page
        .getByRole('link', { name: /Device returned/ })
        .first()
        .click()
      await expect(page).toHaveURL(new RegExp(`/devices/${device.uuid}`))
      await expect.poll(async () => (await gateway.api.call('listWatches')).watches).toEqual([])
    })

    await test.step('a colleague who signs in first comes to the very same view', async () => {
      await page.goto(`/devices/${device.uuid}/logs?range=1h&service=sensor`)
      await page.getByRole('button', { name: 'Share' }).click()
      const share = page.getByRole('dialog', { name: 'Share this view' })
      await expect(share).toContainText('role viewer or above')
      await expectAccessible(page)
      const link = await share.getByRole('textbox', { name: 'Link' }).inputValue()
      const address = new URL(link)
      expect([...address.searchParams.keys()].sort()).toEqual(['from', 'service', 'to'])

      await gateway.cookieAs('viewer')
      const context = await browser.newContext({ baseURL: gateway.url })
      const other = await context.newPage()
      await other.goto(link)
      await expect(other.getByRole('heading', { name: 'Sign in' })).toBeVisible()
      await new SignInPage(other).signIn(viewer)
      await expect(other).toHaveURL(link)
      await expect(other.getByRole('heading', { level: 1 })).toContainText('velvet-otter')
      await expect(other.getByRole('region', { name: 'Log', exact: true })).toBeVisible()
      await context.close()
    })
  })
})
