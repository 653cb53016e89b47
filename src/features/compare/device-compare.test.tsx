import { expect, test } from 'vitest'
import type { CompareRow, DeviceComparison } from '#contract/device-compare'
import { expectAccessible } from '@/testing/accessibility'
import { uuidOf } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { differenceInWords, placeInFleet } from './compare-words'
import { DeviceCompare } from './device-compare'

const aRow = (own: Partial<CompareRow> = {}): CompareRow => ({
  group: 'software',
  label: 'Host OS',
  unit: 'text',
  own: '6.0.24',
  other: '6.5.3',
  isDifferent: true,
  isMasked: false,
  share: { devices: 398, of: 412 },
  spread: null,
  ...own,
})
const hotRow = aRow({
  group: 'metrics',
  label: 'CPU temperature',
  unit: 'celsius',
  own: 84,
  other: 52,
  share: null,
  spread: { low: 48, median: 52, high: 61, below: 0.985, devices: 405 },
})
const fleet: DeviceComparison['against'] = {
  kind: 'fleet',
  fleetId: 1,
  name: 'Kiosks',
  devices: 412,
  sampled: 200,
}
const comparison: DeviceComparison = {
  against: fleet,
  hasVariables: true,
  rows: [
    aRow(),
    aRow({ label: 'Release', own: '2.1.0', other: '2.1.0', isDifferent: false }),
    aRow({
      group: 'variables',
      label: 'API_TOKEN',
      own: '••••••••',
      other: null,
      isMasked: true,
      share: null,
    }),
    hotRow,
  ],
}

test('differences come first, in words, with where the device falls in its fleet', async () => {
  fakeGateway({ compareDevice: () => comparison })
  const screen = await renderPage(<DeviceCompare uuid={uuidOf(1)} />)
  const list = screen.getByRole('list', { name: 'Differences' })
  await expect.element(list).toHaveTextContent('Host OS: 6.0.24 here, 6.5.3 on 398 of 412')
  await expect
    .element(list)
    .toHaveTextContent('CPU temperature: 84 °C, higher than 98 % of 405 devices (median 52 °C)')
  await expect.element(list).toHaveTextContent('API_TOKEN: only this device has it')
  await expect.element(screen.getByRole('region', { name: '3 differences' })).toBeVisible()
  await expect.element(screen.getByText('2.1.0').first()).not.toBeInTheDocument()
  await screen.getByRole('checkbox', { name: 'Show what is the same, too' }).click()
  await expect.element(screen.getByText('2.1.0').first()).toBeVisible()
  await expect.element(screen.getByText('most from 48 °C to 61 °C')).toBeVisible()
  await expect.poll(currentAddress).toContain('all=true')
  await expectAccessible()
})

test('another device is found by the search and kept in the address', async () => {
  fakeGateway({
    compareDevice: ({ query }) =>
      query.get('with') === null
        ? comparison
        : {
            against: { kind: 'device', uuid: uuidOf(2), name: '<b>twin</b>', fleetName: 'Kiosks' },
            hasVariables: false,
            rows: [aRow({ own: '6.5.3', isDifferent: false, share: null })],
          },
    searchDevices: () => ({
      devices: [2, 1].map((index) => ({
        uuid: uuidOf(index),
        name: index === 2 ? '<b>twin</b>' : 'itself',
        fleetId: 1,
        fleetName: 'Kiosks',
        health: 'ok',
        connectivity: 'online',
        connectivityChangedAt: null,
        lastSeenAt: null,
        grade: 'start',
        matches: [],
      })),
      isMore: false,
    }),
  })
  const screen = await renderPage(<DeviceCompare uuid={uuidOf(1)} />)
  await screen.getByRole('button', { name: 'Compare with a device…' }).click()
  await screen.getByRole('searchbox', { name: 'Name, tag, IP, MAC or serial' }).fill('tw')
  const found = screen.getByRole('list', { name: 'Devices found' })
  await expect.element(found.getByRole('button')).toHaveTextContent('<b>twin</b>')
  await expectAccessible()
  await found.getByRole('button').click()
  await expect.element(screen.getByRole('region', { name: 'Nothing differs' })).toBeVisible()
  await expect.element(screen.getByRole('link', { name: '<b>twin</b>' })).toBeVisible()
  await expect.element(screen.getByText('Variables are compared for the role support.')).toBeVisible()
  await expect.poll(currentAddress).toContain(`with=${uuidOf(2)}`)
  await screen.getByRole('button', { name: 'Compare with its fleet' }).click()
  await expect.poll(currentAddress).not.toContain('with=')
})

test('a comparison that cannot be had says why', async () => {
  fakeGateway({ compareDevice: () => refuse(400, 'query.with is no device') })
  const screen = await renderPage(<DeviceCompare uuid={uuidOf(1)} />, { at: `/?with=${uuidOf(9)}` })
  await expect.element(screen.getByRole('alert')).toHaveTextContent('query.with is no device')
})

test('the words of a difference', () => {
  const device: DeviceComparison['against'] = {
    kind: 'device',
    uuid: uuidOf(2),
    name: 'twin',
    fleetName: 'Kiosks',
  }
  expect(differenceInWords(aRow({ own: null, share: null }), device)).toBe(
    'Host OS: this device has none, twin has 6.5.3',
  )
  expect(differenceInWords(aRow({ own: '•', other: '•', isMasked: true, label: 'KEY' }), device)).toBe(
    'KEY has another value',
  )
  expect(
    placeInFleet({ ...hotRow, own: 40, spread: { low: 48, median: 52, high: 61, below: 0, devices: 405 } }),
  ).toBe('lower than 100 % of 405 devices')
  expect(placeInFleet({ ...hotRow, own: 52 })).toBe('as usual among 405 devices')
})
