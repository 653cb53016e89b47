import type { RolloutDetail } from '#contract/rollout'
import { formatBytes, formatNoun, formatShare } from '@/lib/format'
import { FactList } from '@/ui/fact-list'
import { Panel } from '@/ui/panel'
import { isBackward } from './rollout-state'

/** Bytes sent against what full pulls would have taken, and on what these figures rest. */
export function RolloutBytes({ rollout }: { rollout: RolloutDetail }) {
  const { bytes, state } = rollout
  const { sentBytes, fullBytes, remainingBytes, reportedDevices, estimatedDevices } = bytes
  const counted = reportedDevices + estimatedDevices
  const savedBytes = Math.max(0, fullBytes - sentBytes)
  return (
    <Panel title="Bytes sent">
      {counted === 0 ? (
        <p className="text-ink-muted">
          {rollout.target.kind === 'host-os'
            ? 'Not known: devices do not tell what a host OS update sends.'
            : 'Known once the first device has its download behind it.'}
        </p>
      ) : (
        <>
          <div
            role="img"
            aria-label={`${formatBytes(sentBytes)} sent of ${formatBytes(fullBytes)} for full pulls`}
            className="bg-sunken border-line h-3.5 overflow-hidden rounded-full border"
          >
            <div
              className="bg-fill-updating h-full"
              style={{ width: `${fullBytes === 0 ? 0 : Math.min(100, (sentBytes / fullBytes) * 100)}%` }}
            />
          </div>
          <p className="mt-1.5 mb-3 tabular-nums">
            <span className="font-semibold">{formatBytes(sentBytes)}</span>
            <span className="text-ink-muted"> of {formatBytes(fullBytes)} for full pulls</span>
          </p>
          <FactList
            facts={[
              {
                name: 'Saved',
                value: (
                  <span className="tabular-nums">
                    {formatBytes(savedBytes)}
                    <span className="text-ink-muted"> ({formatShare(savedBytes, fullBytes)})</span>
                  </span>
                ),
              },
              {
                name: 'Still to send',
                value: isBackward(state) ? (
                  <span className="text-ink-muted">not counted while rolling back</span>
                ) : remainingBytes === null ? (
                  <span className="text-ink-muted">not known</span>
                ) : remainingBytes === 0 ? (
                  'nothing'
                ) : (
                  <span className="tabular-nums">
                    about {formatBytes(remainingBytes)}
                    <span className="text-ink-muted"> at the mean so far</span>
                  </span>
                ),
              },
            ]}
          />
          <p className="text-ink-muted mt-3 text-[13px]">
            From {formatNoun(reportedDevices, 'device')} that told their bytes
            {estimatedDevices > 0 &&
              ` and ${formatNoun(estimatedDevices, 'device')} estimated from image layers`}
            .
          </p>
        </>
      )}
    </Panel>
  )
}
