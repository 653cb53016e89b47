import { useQuery } from '@tanstack/react-query'
import type { FleetSummary } from '#contract/fleet'
import type { FleetThresholds } from '#contract/health'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { fleetQueries } from '../fleets.queries'
import { areSame, defaultThresholds } from './threshold-form'
import { ThresholdsForm } from './thresholds-form'

function LastChange({ thresholds: { limits, changed } }: { thresholds: FleetThresholds }) {
  const isDefault = areSame(limits, defaultThresholds)
  return (
    <p className="text-ink-muted mb-4 break-words">
      {isDefault ? 'The default limits hold.' : 'This fleet has limits of its own.'}{' '}
      {changed && (
        <>
          Last changed by {changed.actor} <RelativeTime at={changed.at} />.
        </>
      )}
    </p>
  )
}

/** When a device of this fleet needs attention; the same limits feed lists, device pages and rollouts. */
export function ThresholdsPanel({ fleet }: { fleet: Pick<FleetSummary, 'id' | 'name'> }) {
  const query = useQuery(fleetQueries.thresholds(fleet.id))
  return (
    <Panel
      title="Health limits"
      hint="From when on a device of this fleet is shown as attention or critical."
    >
      <QueryView query={query} what="health limits">
        {(thresholds) => (
          <>
            <LastChange thresholds={thresholds} />
            <ThresholdsForm fleet={fleet} limits={thresholds.limits} />
          </>
        )}
      </QueryView>
    </Panel>
  )
}
