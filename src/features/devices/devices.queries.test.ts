import { expect, test } from 'vitest'
import type { DevicePage, DeviceRow } from '#contract/device'
import { aDevice, aDeviceRow, anEvent, uuidOf } from '@/testing/device-builders'
import { applyDevicePatch, patchRows, type DeviceSnapshot } from './devices.queries'

const pageOf = (...rows: DeviceRow[]): DevicePage => ({ cursor: 1, rows, total: 3, next: null })
const changed = (...rows: DeviceRow[]) => new Map(rows.map((row) => [row.uuid, row]))

test('a patched row takes the place of the old one', () => {
  const [a, b] = [1, 2].map((index) => aDeviceRow({ uuid: uuidOf(index), revision: 5 }))
  const next = patchRows(pageOf(a!, b!), changed({ ...b!, health: 'critical', revision: 6 }), 9)
  expect(next.rows.map((row) => row.uuid)).toEqual([a!.uuid, b!.uuid])
  expect(next.rows[1]?.health).toBe('critical')
  expect(next.total).toBe(9)
})

test('a patch older than what is held changes nothing of the row', () => {
  const row = aDeviceRow({ revision: 5, name: 'new' })
  const next = patchRows(pageOf(row), changed({ ...row, name: 'old', revision: 4 }), 3)
  expect(next.rows[0]?.name).toBe('new')
})

test('a device that is not on the page does not come in by itself', () => {
  const next = patchRows(pageOf(aDeviceRow()), changed(aDeviceRow({ uuid: uuidOf(2) })), 3)
  expect(next.rows).toHaveLength(1)
})

test('a page that a patch does not touch stays the very same', () => {
  const page = pageOf(aDeviceRow({ uuid: uuidOf(1) }))
  expect(patchRows(page, changed(aDeviceRow({ uuid: uuidOf(2) })), 3)).toBe(page)
  expect(patchRows(page, changed(), 4).rows).toBe(page.rows)
})

const snapshot = (): DeviceSnapshot => ({
  cursor: 1,
  device: aDevice(),
  isDeleted: false,
  freshEvents: [],
  eventVersion: 0,
})

test('events of patches gather, each once, newest first', () => {
  const device = aDevice({ name: 'renamed' })
  const once = applyDevicePatch(snapshot(), { device, events: [anEvent({ id: 3 }), anEvent({ id: 2 })] })
  const twice = applyDevicePatch(once, { device, events: [anEvent({ id: 4 }), anEvent({ id: 3 })] })
  expect(twice.freshEvents.map((event) => event.id)).toEqual([4, 3, 2])
  expect(twice.device.name).toBe('renamed')
  expect(twice.eventVersion).toBe(2)
})

test('a patch without events does not ask for the actions again', () => {
  expect(applyDevicePatch(snapshot(), { device: aDevice(), events: [] }).eventVersion).toBe(0)
})

test('a deleted device stays as it was last known, and is known to be deleted', () => {
  const gone = applyDevicePatch(snapshot(), { device: null, events: [] })
  expect(gone.isDeleted).toBe(true)
  expect(gone.device.name).toBe(aDevice().name)
})
