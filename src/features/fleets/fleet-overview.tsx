import { Link } from 'react-router'
import type { FleetSummary } from '#contract/fleet'
import { healthParts, releaseParts } from '@/domain/health-spread'
import { formatCount, formatNoun } from '@/lib/format'
import { cn } from '@/lib/cn'
import { Panel } from '@/ui/panel'
import { SpreadBar } from '@/ui/spread-bar'
import { ActiveRollout } from './active-rollout'
import { FleetFigures } from './fleet-figures'
import { FleetWall } from './fleet-wall'
import { LastHour } from './last-hour'
import { TopReasons } from './top-reasons'

function ReleaseSpread({ fleet }: { fleet: FleetSummary }) {
  const parts = releaseParts(fleet.releaseSpread).filter((part) => part.count > 0)
  if (parts.length === 0) return <p className="text-ink-muted">No device has reported a release yet.</p>
  return (
    <>
      <SpreadBar label="Releases running" parts={parts} />
      <ul className="mt-2 grid gap-x-4 sm:grid-cols-2">
        {parts.map((part) => (
          <li key={part.key} className="flex min-w-0 items-center gap-1.5">
            <span className={cn('size-2.5 shrink-0 rounded-sm', part.fillClass)} aria-hidden />
            {part.key === 'other' ? (
              <span className="truncate">{part.label}</span>
            ) : (
              <Link
                to={`/fleets/${fleet.id}/devices?release=${part.key}`}
                className="min-w-0 truncate hover:underline"
              >
                {part.label}
              </Link>
            )}
            {String(fleet.targetRelease?.id) === part.key && (
              <span className="text-ink-muted text-[13px]">target</span>
            )}
            <span className="ml-auto font-medium tabular-nums">{formatCount(part.count)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

/** What an operator looks at first: counts, health, releases, the last hour, and every device at once. */
export function FleetOverview({ fleet }: { fleet: FleetSummary }) {
  const silent = fleet.devices.offline + fleet.devices.never
  return (
    <div className="space-y-4">
      {fleet.activeRollout && (
        <div className="border-line bg-panel shadow-panel rounded-lg border px-4 py-2.5">
          <ActiveRollout rollout={fleet.activeRollout} isWide />
        </div>
      )}
      <FleetFigures fleet={fleet} />
      <div className="grid gap-4 lg:grid-cols-3">
        <Panel
          title="Health"
          hint={
            silent === 0
              ? 'Every device can be heard.'
              : `${formatNoun(silent, 'device')} cannot be heard: last known.`
          }
        >
          <div className="space-y-3">
            <SpreadBar label="Health" parts={healthParts(fleet.health)} hasLegend />
            <TopReasons fleet={fleet} limit={5} />
          </div>
        </Panel>
        <Panel title="Releases running" hint="As each device last reported.">
          <ReleaseSpread fleet={fleet} />
        </Panel>
        <Panel title="Last hour" hint="Devices, each counted once.">
          <LastHour lastHour={fleet.lastHour} />
        </Panel>
      </div>
      <FleetWall fleetId={fleet.id} />
    </div>
  )
}
