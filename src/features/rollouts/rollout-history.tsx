import { lazy, Suspense } from 'react'
import type { RolloutDetail } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutFillClass, rolloutProgress, rolloutStateOrder } from '@/domain/rollout-states'
import { cn } from '@/lib/cn'
import { formatNoun } from '@/lib/format'
import { formatInstant, useNow } from '@/lib/time'
import { loadPart } from '@/lib/load-part'
import { Panel } from '@/ui/panel'
import { Segments } from '@/ui/segments'
import { LoadingState } from '@/ui/states'
import { chartMarks, type ChartMarks } from './chart-marks'
import { SpanSwatch } from './chart-patterns'
import { chartPoints, statesShown, type ChartPoint } from './chart-points'
import { RolloutHistoryTable } from './rollout-history-table'
import type { RolloutSearch } from './rollout-search'
import { isMoving } from './rollout-state'

const RolloutChart = lazy(() =>
  loadPart(() => import('./rollout-chart')).then((module) => ({ default: module.RolloutChart })),
)
const STEP_MS = 5_000
const views = [
  { value: 'chart', label: 'Chart' },
  { value: 'table', label: 'Table' },
] as const

type RolloutHistoryProps = {
  rollout: RolloutDetail
  view: RolloutSearch['history']
  onView: (view: RolloutSearch['history']) => void
}

/** The counts over time as a picture or as figures, with phases and pauses marked. */
export function RolloutHistory({ rollout, view, onView }: RolloutHistoryProps) {
  const nowMs = useNow(STEP_MS)
  const { state, finishedAt } = rollout
  const untilMs = isMoving(state) ? nowMs : finishedAt === null ? null : Date.parse(finishedAt)
  const points = chartPoints(rollout.samples, rollout.counts, untilMs)
  const firstMs = points[0]?.atMs ?? 0
  const marks = chartMarks(rollout, firstMs, points.at(-1)?.atMs ?? 0)
  return (
    <Panel
      title="Devices by state over time"
      hint={`${formatNoun(rollout.total, 'device')} since ${formatInstant(rollout.createdAt)}, in your time zone`}
      actions={<Segments label="Show as" options={views} value={view} onChange={onView} />}
    >
      {points.length === 0 ? (
        <p className="text-ink-muted flex h-56 items-center justify-center">
          The picture begins with the first change.
        </p>
      ) : view === 'table' ? (
        <RolloutHistoryTable points={points} marks={marks} />
      ) : (
        <>
          <div role="img" aria-label={inWords(rollout, marks, firstMs)} className="h-64">
            <Suspense fallback={<LoadingState what="the chart" />}>
              <RolloutChart points={points} marks={marks} total={rollout.total} />
            </Suspense>
          </div>
          <Legend points={points} marks={marks} />
        </>
      )}
    </Panel>
  )
}

function inWords(rollout: RolloutDetail, marks: ChartMarks, firstMs: number): string {
  const { done, failed } = rolloutProgress(rollout.counts)
  const marked = [...marks.lines, ...marks.spans].map(({ label }) => label).join('; ')
  return `Devices by state since ${formatInstant(firstMs)}; now ${done} succeeded and ${failed} failed of ${rollout.total}. ${marked}`
}

/** What the bands and marks mean: the phases by number, and each time nothing was offered. */
function Legend({ points, marks }: { points: ChartPoint[]; marks: ChartMarks }) {
  const occurring = new Set(statesShown(points))
  return (
    <>
      <ul
        className="text-ink-soft mt-2 flex flex-wrap gap-x-4 gap-y-1 text-[13px]"
        aria-label="Bands, from below"
      >
        {rolloutStateOrder
          .filter((state) => occurring.has(state))
          .map((state) => (
            <li key={state} className="flex items-center gap-1.5">
              <span className={cn('size-2.5 rounded-sm', rolloutFillClass[state])} aria-hidden />
              {rolloutDeviceWords[state].label}
            </li>
          ))}
      </ul>
      {marks.lines.length + marks.spans.length > 0 && (
        <ul
          className="text-ink-soft border-line mt-2 flex flex-wrap gap-x-4 gap-y-0.5 border-t pt-2 text-[13px]"
          aria-label="Marks"
        >
          {marks.lines.map((line) => (
            <li key={line.label} className="flex items-baseline gap-2">
              <span className="border-ink w-4.5 shrink-0 self-center border-t border-dashed" aria-hidden />
              <span className="min-w-0 break-words">{line.label}</span>
              <span className="text-ink-muted tabular-nums">{formatInstant(line.atMs)}</span>
            </li>
          ))}
          {marks.spans.map((span) => (
            <li key={`${span.kind} ${span.fromMs}`} className="flex items-start gap-2">
              <span className="mt-1">
                <SpanSwatch kind={span.kind} />
              </span>
              <span className="min-w-0 break-words">
                {span.label}{' '}
                <span className="text-ink-muted tabular-nums">from {formatInstant(span.fromMs)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
