import { expect, test } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { currentAddress, renderPage } from '@/testing/render-page'
import { aPreview } from '@/testing/rollout-builders'
import { PreviewDevices } from './preview-devices'

const device = (n: number, reason: string) => ({
  uuid: String(n).padStart(32, '0'),
  name: n === 1 ? '<i>unit-1</i>' : `unit-${n}`,
  reason,
})

test('each kind of device that is left out is listed with reasons, and searched', async () => {
  const preview = aPreview({
    incompatible: [{ deviceType: 'raspberrypi3', count: 250, reason: 'no images' }],
    incompatibleDevices: Array.from({ length: 200 }, (_, index) => device(index + 1, 'no images')),
    offlineDevices: [],
    pinned: 2,
    pinnedDevices: [device(301, 'Pinned to 1.2.0'), device(302, 'Pinned to 1.3.0')],
    offline: 0,
  })
  const screen = await renderPage(<PreviewDevices preview={preview} />)
  await expect.element(screen.getByRole('button', { name: /^Offline/ })).not.toBeInTheDocument()
  await screen.getByRole('button', { name: 'Cannot run it 250 devices' }).click()
  await expect.element(screen.getByText('200 devices, the first 200 by name of 250')).toBeVisible()
  await expect.element(screen.getByRole('link', { name: '<i>unit-1</i>' })).toBeVisible()
  await screen.getByRole('button', { name: 'Pinned, left alone 2 devices' }).click()
  await screen.getByRole('searchbox', { name: 'Search: Pinned, left alone' }).fill('1.3')
  await expect.element(screen.getByText('1 of 2 devices')).toBeVisible()
  await expect.element(screen.getByRole('link', { name: 'unit-302' })).toBeVisible()
  await expect.element(screen.getByRole('link', { name: 'unit-301' })).not.toBeInTheDocument()
  await expectAccessible()
  const link = currentAddress()
  expect(link).toBe('/?leftOut=pinned&leftOutText=1.3')
  await screen.unmount()
  const colleague = await renderPage(<PreviewDevices preview={preview} />, { at: link })
  await expect.element(colleague.getByText('1 of 2 devices')).toBeVisible()
})

test('nothing is said where nobody is left out', async () => {
  const preview = aPreview({ incompatible: [], offline: 0, pinned: 0, unknownZones: 0 })
  const screen = await renderPage(<PreviewDevices preview={preview} />)
  await expect.element(screen.getByText(/left out/)).not.toBeInTheDocument()
})
