import { useQuery } from '@tanstack/react-query'
import { useSettled } from '@/lib/use-settled'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'
import { fleetQueries } from '../fleets.queries'
import { readLimits, type DraftLimits } from './threshold-form'
import { ThresholdMoves } from './threshold-moves'

const TYPING_MS = 400

/** What the limits that stand in the form would change, asked while the person types. */
export function ThresholdPreviewBox({ fleetId, values }: { fleetId: number; values: DraftLimits }) {
  const settled = useSettled(JSON.stringify(values), TYPING_MS)
  const { limits, problem } = readLimits(values)
  const isTyping = settled !== JSON.stringify(values)
  const query = useQuery({
    ...fleetQueries.thresholdPreview(fleetId, limits ?? values),
    enabled: limits !== null && !isTyping,
  })
  const isOld = isTyping || query.isFetching
  return (
    <section
      aria-label="Preview"
      className="border-line bg-sunken max-h-[40vh] min-h-20 overflow-y-auto rounded-md border px-3 py-2"
    >
      <h3 className="font-medium">
        What this would change now
        {isOld && limits && <span className="text-ink-muted font-normal"> · working it out…</span>}
      </h3>
      <div aria-live="polite" aria-busy={isOld} className={isOld ? 'opacity-60' : ''}>
        {problem !== undefined && <p className="text-ink-muted">No preview yet. {problem}.</p>}
        {limits && query.error && !isOld && (
          <div className="mt-1 space-y-2">
            <ProblemNote error={query.error} />
            <Button onClick={() => void query.refetch()}>Try again</Button>
          </div>
        )}
        {limits && query.data && !query.error && <ThresholdMoves preview={query.data} />}
      </div>
    </section>
  )
}
