import { lazy, Suspense } from 'react'
import type { RolloutDetail } from '#contract/rollout'
import { rolloutProgress } from '@/domain/rollout-states'
import { formatNoun } from '@/lib/format'
import { formatInstant, useNow } from '@/lib/time'
import { Panel } from '@/ui/panel'
import { LoadingState } from '@/ui/states'
import { chartPoints } from './chart-points'
import { isMoving } from './rollout-state'

const RolloutChart = lazy(() =>
  import('./rollout-chart').then((module) => ({ default: module.RolloutChart })),
)
const STEP_MS = 5_000

/** The counts over time as a picture, with its outcome in words for who cannot see it. */
export function RolloutHistory({ rollout }: { rollout: RolloutDetail }) {
  const nowMs = useNow(STEP_MS)
  const points = chartPoints(rollout.samples, rollout.counts, isMoving(rollout.state) ? nowMs : null)
  const { done, failed } = rolloutProgress(rollout.counts)
  const first = points[0]
  return (
    <Panel
      title="Devices by state over time"
      hint={`${formatNoun(rollout.total, 'device')}, colours as above`}
    >
      {points.length < 2 ? (
        <p className="text-ink-muted flex h-56 items-center justify-center">
          The picture begins with the first change.
        </p>
      ) : (
        <div
          role="img"
          aria-label={`Devices by state since ${formatInstant(first?.atMs ?? 0)}; now ${done} succeeded and ${failed} failed of ${rollout.total}`}
          className="h-56"
        >
          <Suspense fallback={<LoadingState what="the chart" />}>
            <RolloutChart points={points} total={rollout.total} />
          </Suspense>
        </div>
      )}
    </Panel>
  )
}
