import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { z } from 'zod'
import type { DeviceDetail } from '#contract/device'
import { cn } from '@/lib/cn'
import { useSearchState } from '@/lib/search-state'
import { useThrottled } from '@/lib/use-throttled'
import { loadPart } from '@/lib/load-part'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { EmptyState, LoadingState } from '@/ui/states'
import { WhenSeen } from '@/ui/when-seen'
import { rangeNames, rangeWords, withLatest, type RangeName } from './metric-series'
import { metricQueries } from './metrics.queries'

const MetricCharts = lazy(() =>
  loadPart(() => import('./metric-charts')).then((module) => ({ default: module.MetricCharts })),
)

const search = z.object({ range: z.enum(rangeNames).default('1h') })
const CHARTS_PX = 380
const REDRAW_MS = 1000

function RangePicker({ range, onChange }: { range: RangeName; onChange: (range: RangeName) => void }) {
  return (
    <div role="group" aria-label="Time range" className="border-line flex rounded-md border p-0.5">
      {rangeNames.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === range}
          title={`Show ${rangeWords[name]}`}
          onClick={() => onChange(name)}
          className={cn(
            'rounded px-2 py-0.5 text-[13px] tabular-nums',
            name === range ? 'bg-accent-soft text-accent-ink font-medium' : 'text-ink-muted hover:text-ink',
          )}
        >
          {name.replace(/(\d+)/, '$1 ')}
        </button>
      ))}
    </div>
  )
}

function Charts({ device, range }: { device: DeviceDetail; range: RangeName }) {
  const query = useQuery(metricQueries.ofDevice(device.uuid, range))
  const latest = useThrottled(device, REDRAW_MS)
  return (
    <QueryView query={query} what="metrics">
      {(series) => {
        const now = withLatest(series, latest)
        if (now.points.length === 0)
          return (
            <EmptyState title={`No metrics in ${rangeWords[range]}`}>
              {device.metricsAt === null
                ? 'This device has not reported any yet.'
                : 'Choose a longer time range to see older ones.'}
            </EmptyState>
          )
        return (
          <Suspense fallback={<LoadingState what="charts" />}>
            <MetricCharts series={now} range={rangeWords[range]} />
          </Suspense>
        )
      }}
    </QueryView>
  )
}

/** CPU, temperature, memory and storage over time; the charts' code is fetched when they come into view. */
export function MetricsPanel({ device }: { device: DeviceDetail }) {
  const [{ range }, update] = useSearchState(search)
  return (
    <Panel
      title="Metrics"
      actions={<RangePicker range={range} onChange={(next) => update({ range: next }, { replace: true })} />}
    >
      <WhenSeen minHeightPx={CHARTS_PX}>
        <Charts device={device} range={range} />
      </WhenSeen>
    </Panel>
  )
}
