import type { RolloutDetail } from '#contract/rollout'
import { useNow } from '@/lib/time'
import { forecastWords } from './forecast-words'
import { forecastRollout } from './rollout-forecast'
import { isBackward, isMoving } from './rollout-state'

const STEP_MS = 5_000

/** When it will be through and on what that rests, or why nobody can say; nothing once it has ended. */
export function RolloutForecastLine({ rollout }: { rollout: RolloutDetail }) {
  const nowMs = useNow(STEP_MS)
  if (!isMoving(rollout.state)) return null
  const forecast = forecastRollout(rollout, nowMs)
  const { when, basis } = forecastWords(forecast, nowMs)
  return (
    <p className="text-ink-soft mb-3 min-h-10 text-[13px] sm:min-h-5" aria-label="Forecast" role="group">
      {forecast.kind === 'none' ? (
        <>
          {when}: {basis}.
        </>
      ) : (
        <>
          {isBackward(rollout.state) ? 'Back' : forecast.kind === 'approval' ? 'Goes on until' : 'Through'}{' '}
          <span className="text-ink font-medium tabular-nums">{when}</span>, {basis}.
        </>
      )}
    </p>
  )
}
