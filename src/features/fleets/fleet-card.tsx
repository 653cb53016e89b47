import { Link } from 'react-router'
import type { FleetSummary } from '#contract/fleet'
import { healthParts, releaseParts } from '@/domain/health-spread'
import { formatCount, formatNoun } from '@/lib/format'
import { SpreadBar } from '@/ui/spread-bar'
import { ActiveRollout } from './active-rollout'
import { lastHourText } from './last-hour'
import { TopReasons } from './top-reasons'

function Figure({ label, value, to, tone }: { label: string; value: number; to: string; tone?: string }) {
  return (
    <Link to={to} className="group hover:bg-sunken rounded-md px-2 py-1">
      <span
        className={`block text-lg leading-tight font-semibold tabular-nums ${value > 0 ? (tone ?? '') : ''}`}
      >
        {formatCount(value)}
      </span>
      <span className="text-ink-muted group-hover:text-ink block text-[13px]">{label}</span>
    </Link>
  )
}

/** One fleet on the fleets page: trouble first, then what runs and what changed. */
export function FleetCard({ fleet }: { fleet: FleetSummary }) {
  const devices = `/fleets/${fleet.id}/devices`
  return (
    <article className="border-line bg-panel shadow-panel rounded-lg border" aria-label={fleet.name}>
      <div className="grid gap-x-6 gap-y-4 p-4 lg:grid-cols-[minmax(13rem,1.1fr)_minmax(16rem,1.2fr)_minmax(15rem,1.3fr)_minmax(13rem,1fr)]">
        <div className="min-w-0">
          <h2 className="text-base font-semibold">
            <Link to={`/fleets/${fleet.id}`} className="hover:underline">
              {fleet.name}
            </Link>
          </h2>
          <p className="text-ink-muted text-[13px]">
            {fleet.deviceType.name} · {formatNoun(fleet.devices.total, 'device')}
          </p>
          <p className="text-ink-muted mt-1 text-[13px]">
            {fleet.policy.kind === 'track-latest' ? 'Tracks latest' : 'Pinned'}
            {fleet.targetRelease ? (
              <>
                {': '}
                <Link
                  to={`/releases/${fleet.targetRelease.id}`}
                  className="text-ink font-medium hover:underline"
                >
                  {fleet.targetRelease.semver}
                </Link>
              </>
            ) : (
              ', no final release yet'
            )}
          </p>
        </div>
        <div className="-mx-2 grid grid-cols-4 content-start lg:mx-0">
          <Figure label="online" value={fleet.devices.online} to={`${devices}?connectivity=online`} />
          <Figure
            label="late"
            value={fleet.devices.late}
            to={`${devices}?connectivity=late`}
            tone="text-attention"
          />
          <Figure
            label="offline"
            value={fleet.devices.offline}
            to={`${devices}?connectivity=offline`}
            tone="text-unknown"
          />
          <Figure
            label="updating"
            value={fleet.devices.updating}
            to={`${devices}?update=downloading,downloaded,applying`}
            tone="text-updating"
          />
        </div>
        <div className="min-w-0 space-y-3">
          <SpreadBar label="Health" parts={healthParts(fleet.health)} hasLegend />
          <TopReasons fleet={fleet} limit={4} />
        </div>
        <div className="min-w-0">
          <SpreadBar label="Releases running" parts={releaseParts(fleet.releaseSpread)} hasLegend />
        </div>
      </div>
      <footer className="border-line text-ink-muted flex flex-wrap items-center gap-x-4 gap-y-1 border-t px-4 py-2 text-[13px]">
        <span>{lastHourText(fleet.lastHour)}</span>
        {fleet.activeRollout && <ActiveRollout rollout={fleet.activeRollout} className="sm:ml-auto" />}
      </footer>
    </article>
  )
}
