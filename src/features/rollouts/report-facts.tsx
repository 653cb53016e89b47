import type { RolloutReport } from '#contract/rollout-report'
import { rolloutProgress } from '@/domain/rollout-states'
import { targetLabel } from '@/domain/rollout-target-words'
import { formatBytes, formatCount, formatNoun, formatShare, shortHash } from '@/lib/format'
import { formatDuration, formatFullInstant } from '@/lib/time'
import { FactList } from '@/ui/fact-list'
import { Panel } from '@/ui/panel'
import { planWords } from './plan-words'
import { isBackward } from './rollout-state'

/** `3 times, 1 h 12 min in all`. */
function pauseWords({ rollout, generatedAt }: RolloutReport): string {
  const { pauses } = rollout
  if (pauses.length === 0) return 'never'
  const allMs = pauses.reduce(
    (sum, pause) => sum + Date.parse(pause.to ?? generatedAt) - Date.parse(pause.from),
    0,
  )
  return `${pauses.length === 1 ? 'once' : `${pauses.length} times`}, ${formatDuration(allMs)} in all`
}

function resultWords({ rollout }: RolloutReport): string {
  const isBack = isBackward(rollout.state)
  const { done, aimed, failed, offline, waiting, skipped } = rolloutProgress(rollout.counts, isBack)
  const parts = [
    `${formatCount(done)} of ${formatNoun(aimed, 'device')} ${isBack ? 'back on what they ran' : 'updated'} (${formatShare(done, aimed)})`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(offline > 0 ? [`${formatCount(offline)} offline and still owed`] : []),
    ...(waiting > 0 ? [`${formatCount(waiting)} waiting`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
  ]
  return parts.join(', ')
}

function bytesWords({ rollout }: RolloutReport): string {
  const { sentBytes, fullBytes, remainingBytes, reportedDevices, estimatedDevices } = rollout.bytes
  if (reportedDevices + estimatedDevices === 0) return 'not known'
  const savedBytes = Math.max(0, fullBytes - sentBytes)
  const left =
    remainingBytes === null || remainingBytes === 0
      ? ''
      : `; about ${formatBytes(remainingBytes)} still to send`
  const basis = [
    ...(reportedDevices > 0 ? [`${formatNoun(reportedDevices, 'device')} told`] : []),
    ...(estimatedDevices > 0 ? [`${formatCount(estimatedDevices)} estimated from image layers`] : []),
  ].join(', ')
  return `${formatBytes(sentBytes)} sent of ${formatBytes(fullBytes)} for full pulls, ${formatBytes(savedBytes)} saved (${formatShare(savedBytes, fullBytes)})${left}. ${basis}.`
}

/** `2.3.0 (412), nothing (3)`: what devices ran before they were offered it. */
const beforeWords = ({ target, previousReleases, previousOsVersions }: RolloutReport['rollout']) =>
  (target.kind === 'release'
    ? previousReleases.map(({ release, count }) => ({ name: release?.semver, count }))
    : previousOsVersions.map(({ osVersion, count }) => ({ name: osVersion, count }))
  )
    .map(({ name, count }) => `${name ?? 'nothing'} (${formatCount(count)})`)
    .join(', ')

/** Target, plan, who, when and what came of it. */
export function ReportFacts({ report }: { report: RolloutReport }) {
  const { rollout } = report
  const endMs = Date.parse(rollout.finishedAt ?? report.generatedAt)
  return (
    <Panel title="Summary">
      <FactList
        facts={[
          { name: 'Result', value: <span className="font-medium">{resultWords(report)}</span> },
          {
            name: 'Target',
            value: `${targetLabel(rollout.target)}${rollout.target.kind === 'release' ? ` (${shortHash(rollout.target.release.commit)})` : ''} to ${rollout.fleetName}, ${formatNoun(rollout.total, 'device')}`,
          },
          { name: 'Plan', value: planWords(rollout).join(' · ') },
          {
            name: 'When a limit is passed',
            value: rollout.plan.gates.onTrip === 'pause' ? 'pauses' : 'rolls back',
          },
          { name: 'Started', value: `${formatFullInstant(rollout.createdAt)} by ${rollout.createdBy}` },
          {
            name: rollout.finishedAt === null ? 'Not ended' : 'Ended',
            value:
              rollout.finishedAt === null
                ? `under way for ${formatDuration(endMs - Date.parse(rollout.createdAt))}`
                : `${formatFullInstant(rollout.finishedAt)}, after ${formatDuration(endMs - Date.parse(rollout.createdAt))}`,
          },
          { name: 'Stood still', value: pauseWords(report) },
          { name: 'Bytes', value: bytesWords(report) },
          {
            name: 'Ran before',
            value: beforeWords(rollout) || 'no device was offered it',
          },
          ...(rollout.note === '' ? [] : [{ name: 'Note', value: rollout.note }]),
        ]}
      />
    </Panel>
  )
}
