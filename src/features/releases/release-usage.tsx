import { Link } from 'react-router'
import type { ReleaseDetail } from '#contract/release'
import { healthParts } from '@/domain/health-spread'
import { formatCount, formatNoun } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { SpreadBar } from '@/ui/spread-bar'

/** Who runs the release now, how they are, and who should run it. */
export function ReleaseUsage({ release }: { release: ReleaseDetail }) {
  const devices = `/devices?fleetId=${release.fleetId}&release=${release.id}`
  return (
    <Panel
      title="Who runs it"
      actions={
        release.runningCount > 0 ? (
          <Link to={devices} className="text-accent-ink text-[13px] hover:underline">
            Show these devices
          </Link>
        ) : undefined
      }
    >
      <div className="mb-3 flex gap-6">
        <p>
          <span className="block text-xl leading-tight font-semibold tabular-nums">
            {formatCount(release.runningCount)}
          </span>
          <span className="text-ink-muted text-[13px]">running it now</span>
        </p>
        <p>
          <span className="block text-xl leading-tight font-semibold tabular-nums">
            {formatCount(release.targetCount)}
          </span>
          <span className="text-ink-muted text-[13px]">should run it</span>
        </p>
      </div>
      {release.runningCount === 0 ? (
        <p className="text-ink-muted">
          No device runs it
          {release.targetCount > 0 ? `, ${formatNoun(release.targetCount, 'device')} should.` : '.'}
        </p>
      ) : (
        <SpreadBar label="Health of these devices" parts={healthParts(release.runningHealth)} hasLegend />
      )}
    </Panel>
  )
}
