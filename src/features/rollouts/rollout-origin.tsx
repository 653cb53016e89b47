import type { RolloutDetail } from '#contract/rollout'
import { osParts, releaseParts } from '@/domain/health-spread'
import { targetNoun } from '@/domain/rollout-target-words'
import { formatNoun } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { SpreadBar } from '@/ui/spread-bar'

/** What the devices ran before they were offered what is sent: what a roll back returns them to. */
export function RolloutOrigin({ rollout }: { rollout: RolloutDetail }) {
  const parts =
    rollout.target.kind === 'release'
      ? releaseParts(rollout.previousReleases.map((part) => ({ ...part, isOther: false })))
      : osParts(rollout.previousOsVersions)
  const offered = parts.reduce((sum, part) => sum + part.count, 0)
  return (
    <Panel
      title="Ran before"
      hint={offered === 0 ? undefined : `${formatNoun(offered, 'device')} offered so far`}
    >
      {offered === 0 ? (
        <p className="text-ink-muted">No device has been offered {targetNoun(rollout.target)} yet.</p>
      ) : (
        <SpreadBar
          label={rollout.target.kind === 'release' ? 'Releases before' : 'Host OS versions before'}
          parts={parts}
          hasLegend
        />
      )}
    </Panel>
  )
}
