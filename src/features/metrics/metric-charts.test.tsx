import { expect, test } from 'vitest'
import type { MetricSeries } from '#contract/device'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { MetricCharts } from './metric-charts'

const at = (minute: number) => `2026-01-01T12:${String(minute).padStart(2, '0')}:00.000Z`
const series: MetricSeries = {
  from: at(0),
  to: at(59),
  bucketMs: 60_000,
  points: [10, 30, 50].map((cpuPercent, index) => ({
    at: at(index + 1),
    cpuPercent,
    cpuTemperatureC: null,
    memoryUsedMib: 512,
    memoryTotalMib: 2048,
    storageUsedMib: 1024,
    storageTotalMib: 4096,
    lowest: { cpuPercent, cpuTemperatureC: null, memoryUsedMib: 512, storageUsedMib: 1024 },
    highest: { cpuPercent, cpuTemperatureC: null, memoryUsedMib: 512, storageUsedMib: 1024 },
  })),
  offline: [{ from: at(10), to: at(25) }],
}

test('the charts are also told in figures, and the silence in words', async () => {
  const screen = await renderPage(<MetricCharts series={series} range="the last hour" />)
  const cpu = screen.getByRole('row', { name: /^CPU 10/ })
  await expect.element(cpu).toHaveTextContent('CPU10 %30 %50 %50 %')
  await expect.element(screen.getByRole('row', { name: /CPU temperature/ })).toHaveTextContent('not reported')
  await expect.element(screen.getByText('Not heard 1 time, 15 min in all')).toBeVisible()
  // Three of the four were reported; the silence is shaded in each.
  await expect.poll(() => document.querySelectorAll('.recharts-reference-area').length).toBe(3)
  await expectAccessible()
})
