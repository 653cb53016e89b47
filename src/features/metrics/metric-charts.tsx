import type { MetricSeries } from '#contract/device'
import { formatNoun } from '@/lib/format'
import { formatDuration } from '@/lib/time'
import { MetricChart } from './metric-chart'
import { lineOf, metricKinds, summarise } from './metric-series'
import { metricWords } from './metric-words'

/** The same in figures, for whoever does not see the charts. */
function SummaryTable({ series, range }: { series: MetricSeries; range: string }) {
  return (
    // A table is as wide as its columns, whatever it is told: the box around it is what is out of sight.
    <div className="sr-only">
      <table>
        <caption>Metrics of {range}</caption>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">Lowest</th>
            <th scope="col">Mean</th>
            <th scope="col">Highest</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {metricKinds.map((kind) => {
            const { label, format } = metricWords[kind]
            const summary = summarise(lineOf(series, kind))
            return (
              <tr key={kind}>
                <th scope="row">{label}</th>
                {summary === null ? (
                  <td colSpan={4}>not reported</td>
                ) : (
                  <>
                    <td>{format(summary.min)}</td>
                    <td>{format(summary.mean)}</td>
                    <td>{format(summary.max)}</td>
                    <td>{format(summary.last)}</td>
                  </>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** All charts of a device, with a word about the time it was not heard. */
export function MetricCharts({ series, range }: { series: MetricSeries; range: string }) {
  const silentMs = series.offline.reduce((sum, span) => sum + Date.parse(span.to) - Date.parse(span.from), 0)
  return (
    <>
      <div className="grid gap-x-6 gap-y-5 md:grid-cols-2">
        {metricKinds.map((kind) => (
          <MetricChart key={kind} series={series} kind={kind} />
        ))}
      </div>
      <SummaryTable series={series} range={range} />
      <p className="text-ink-muted mt-3 flex h-5 items-center gap-2 text-[13px]">
        {series.offline.length > 0 && (
          <>
            <span className="bg-fill-unknown/40 inline-block h-3 w-5 shrink-0 rounded-sm" aria-hidden />
            <span className="truncate">
              Not heard {formatNoun(series.offline.length, 'time')}, {formatDuration(silentMs)} in all
            </span>
          </>
        )}
      </p>
    </>
  )
}
