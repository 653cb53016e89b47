import { expect, test } from 'vitest'
import type { DeviceWatch } from '#contract/device-watch'
import { expectAccessible } from '@/testing/accessibility'
import { uuidOf } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { WatchButton } from './watch-button'
import { WatchList } from './watch-list'

const aWatch = (own: Partial<DeviceWatch> = {}): DeviceWatch => ({
  uuid: uuidOf(1),
  name: 'bold-field',
  fleetName: 'Kiosks',
  kind: 'returns',
  isLasting: false,
  createdAt: '2026-01-01T12:00:00.000Z',
  ...own,
})

test('a watch is set once or for each time, changed and ended where the device is', async () => {
  let watches: DeviceWatch[] = []
  fakeGateway({
    listWatches: () => ({ watches }),
    watchDevice: ({ body }) => {
      watches = [aWatch({ isLasting: (body as { isLasting: boolean }).isLasting })]
      return watches[0]
    },
    endWatch: () => {
      watches = []
      return undefined
    },
  })
  const screen = await renderPage(<WatchButton uuid={uuidOf(1)} />)
  await screen.getByRole('button', { name: 'Watch', exact: true }).click()
  const choice = screen.getByRole('group', { name: 'Tell me when: it returns' })
  await choice.getByRole('button', { name: 'Once' }).click()
  await expect.element(choice.getByRole('button', { name: 'Once' })).toHaveAttribute('aria-pressed', 'true')
  await expectAccessible()
  await choice.getByRole('button', { name: 'Each time' }).click()
  await expect
    .element(choice.getByRole('button', { name: 'Each time' }))
    .toHaveAttribute('aria-pressed', 'true')
  await choice.getByRole('button', { name: 'Off' }).click()
  await expect.element(choice.getByRole('button', { name: 'Off' })).toHaveAttribute('aria-pressed', 'true')
})

test('all watches are listed with what they wait for; ending one that fails says why', async () => {
  let mayEnd = false
  let watches = [aWatch(), aWatch({ kind: 'fails', isLasting: true })]
  fakeGateway({
    listWatches: () => ({ watches }),
    endWatch: () => {
      if (!mayEnd) return refuse(503, 'The gateway is overloaded')
      watches = watches.slice(1)
      return undefined
    },
  })
  const screen = await renderPage(<WatchList />)
  await expect.element(screen.getByText('It returns, once', { exact: false })).toBeVisible()
  await expect.element(screen.getByText('It fails, each time', { exact: false })).toBeVisible()
  const stop = screen.getByRole('button', { name: 'Stop watching bold-field: it returns' })
  await stop.click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The gateway is overloaded')
  mayEnd = true
  await stop.click()
  await expect.element(stop).not.toBeInTheDocument()
  await expectAccessible()
})
