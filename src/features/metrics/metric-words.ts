import { formatMib } from '@/lib/format'
import type { MetricKind } from './metric-series'

export const metricWords: Record<
  MetricKind,
  { label: string; format: (value: number) => string; stroke: string }
> = {
  cpuPercent: { label: 'CPU', format: (value) => `${Math.round(value)} %`, stroke: 'var(--accent)' },
  cpuTemperatureC: {
    label: 'CPU temperature',
    format: (value) => `${Math.round(value)} °C`,
    stroke: 'var(--fill-attention)',
  },
  memoryUsedMib: { label: 'Memory used', format: formatMib, stroke: 'var(--fill-updating)' },
  storageUsedMib: { label: 'Storage used', format: formatMib, stroke: 'var(--fill-ok)' },
}
