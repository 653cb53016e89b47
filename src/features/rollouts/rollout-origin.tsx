import type { RolloutDetail } from '#contract/rollout'
import { releaseParts } from '@/domain/health-spread'
import { formatNoun } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { SpreadBar } from '@/ui/spread-bar'

/** What the devices ran before they were offered the release: what a roll back returns them to. */
export function RolloutOrigin({ rollout }: { rollout: RolloutDetail }) {
  const offered = rollout.previousReleases.reduce((sum, part) => sum + part.count, 0)
  return (
    <Panel
      title="Ran before"
      hint={offered === 0 ? undefined : `${formatNoun(offered, 'device')} offered so far`}
    >
      {offered === 0 ? (
        <p className="text-ink-muted">No device has been offered the release yet.</p>
      ) : (
        <SpreadBar
          label="Releases before"
          parts={releaseParts(rollout.previousReleases.map((part) => ({ ...part, isOther: false })))}
          hasLegend
        />
      )}
    </Panel>
  )
}
