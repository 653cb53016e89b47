import { expect, test } from 'vitest'
import type { MetricSeries } from '#contract/device'
import { aDevice } from '@/testing/device-builders'
import { lineOf, summarise, totalOf, withLatest } from './metric-series'

const at = (minute: number) => `2026-01-01T12:${String(minute).padStart(2, '0')}:00.000Z`
const extremes = (cpuPercent: number | null) => ({
  cpuPercent,
  cpuTemperatureC: null,
  memoryUsedMib: 100,
  storageUsedMib: null,
})
const point = (minute: number, cpuPercent: number | null) => ({
  at: at(minute),
  lowest: extremes(cpuPercent === null ? null : cpuPercent - 5),
  highest: extremes(cpuPercent === null ? null : cpuPercent + 30),
  cpuPercent,
  cpuTemperatureC: null,
  memoryUsedMib: 100,
  memoryTotalMib: 2048,
  storageUsedMib: null,
  storageTotalMib: null,
})
const series = (own: Partial<MetricSeries> = {}): MetricSeries => ({
  from: at(0),
  to: at(30),
  bucketMs: 60_000,
  points: [point(1, 10), point(2, 20), point(9, 60)],
  offline: [],
  ...own,
})

test('the line is broken where the device was not heard', () => {
  const line = lineOf(series({ offline: [{ from: at(3), to: at(8) }] }), 'cpuPercent')
  expect(line.map((one) => one.value)).toEqual([10, 20, null, 60])
})

test('a summary is of what was reported, with the peaks that a mean hides, and none when nothing was', () => {
  expect(summarise(lineOf(series(), 'cpuPercent'))).toEqual({ last: 60, min: 5, mean: 30, max: 90 })
  expect(summarise(lineOf(series(), 'cpuTemperatureC'))).toBeNull()
})

test('what the device reported since ends the line, an older report does not', () => {
  const newer = withLatest(series(), aDevice({ metricsAt: at(31), cpuPercent: 77 }))
  expect(newer.points.at(-1)).toMatchObject({ at: at(31), cpuPercent: 77 })
  expect(newer.to).toBe(at(31))
  expect(withLatest(series(), aDevice({ metricsAt: at(9), cpuPercent: 77 })).points).toHaveLength(3)
  expect(
    withLatest(series({ points: [] }), aDevice({ metricsAt: '2025-12-31T00:00:00.000Z' })).points,
  ).toEqual([])
})

test('memory is of what there is, CPU of 100 %, temperature of nothing', () => {
  expect(totalOf(series(), 'memoryUsedMib')).toBe(2048)
  expect(totalOf(series(), 'cpuPercent')).toBe(100)
  expect(totalOf(series(), 'cpuTemperatureC')).toBeNull()
  expect(totalOf(series(), 'storageUsedMib')).toBeNull()
})
