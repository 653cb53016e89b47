import { expect, test } from 'vitest'
import { aDevice, aDeviceRow, anEvent, uuidOf } from '@/testing/device-builders'
import { applyDevicePatch, patchRows, type DevicePages, type DeviceSnapshot } from './devices.queries'

const pagesOf = (...pages: ReturnType<typeof aDeviceRow>[][]): DevicePages => ({
  pages: pages.map((rows) => ({ cursor: 1, rows, total: 3, next: null })),
  pageParams: pages.map(() => null),
})

test('a patched row takes the place of the old one, on whatever page it stands', () => {
  const [a, b, c] = [1, 2, 3].map((index) => aDeviceRow({ uuid: uuidOf(index), revision: 5 }))
  const pages = pagesOf([a!, b!], [c!])
  const next = patchRows(pages, [{ ...c!, health: 'critical', revision: 6 }], 9)
  expect(next.pages.flatMap((page) => page.rows.map((row) => row.uuid))).toEqual([a!.uuid, b!.uuid, c!.uuid])
  expect(next.pages[1]?.rows[0]?.health).toBe('critical')
  expect(next.pages.map((page) => page.total)).toEqual([9, 9])
})

test('a patch older than what is held changes nothing of the row', () => {
  const row = aDeviceRow({ revision: 5, name: 'new' })
  const next = patchRows(pagesOf([row]), [{ ...row, name: 'old', revision: 4 }], 3)
  expect(next.pages[0]?.rows[0]?.name).toBe('new')
})

test('a device that is not on any loaded page does not come in by itself', () => {
  const next = patchRows(pagesOf([aDeviceRow()]), [aDeviceRow({ uuid: uuidOf(2) })], 3)
  expect(next.pages[0]?.rows).toHaveLength(1)
})

test('pages that a patch does not touch stay the very same', () => {
  const [a, b] = [1, 2].map((index) => aDeviceRow({ uuid: uuidOf(index), revision: 5 }))
  const pages = pagesOf([a!], [b!])
  const next = patchRows(pages, [{ ...b!, revision: 6 }], 3)
  expect(next.pages[0]).toBe(pages.pages[0])
  expect(next.pages[1]).not.toBe(pages.pages[1])
  expect(patchRows(pages, [], 4).pages[0]?.rows).toBe(pages.pages[0]?.rows)
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
