import { useQuery } from '@tanstack/react-query'
import type { DeviceDetail } from '#contract/device'
import type { HealthReason } from '#contract/health'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { ExplainedReasonItem } from './explained-reason-item'
import { healthQueries } from './health.queries'

const keyOf = (reason: HealthReason) => `${reason.code}/${reason.service ?? ''}`

/** Why a device is not simply well, the root cause first; nothing for one that is. */
export function ReasonsPanel({ device }: { device: Pick<DeviceDetail, 'uuid' | 'fleetId' | 'reasons'> }) {
  if (device.reasons.length === 0) return null
  return <Reasons device={device} />
}

function Reasons({ device }: { device: Pick<DeviceDetail, 'uuid' | 'fleetId' | 'reasons'> }) {
  const query = useQuery(healthQueries.explained(device))
  const explained = new Map(query.data?.reasons.map((one) => [keyOf(one.reason), one]))
  return (
    <Panel title="What is wrong" hint="The most likely root cause first." isFlush>
      <ol aria-label="Reasons, the root cause first">
        {device.reasons.map((reason, index) => (
          <ExplainedReasonItem
            key={keyOf(reason)}
            reason={reason}
            explained={explained.get(keyOf(reason))}
            device={device}
            isFirst={index === 0}
          />
        ))}
      </ol>
      {query.error && (
        <div className="p-4">
          <ProblemNote error={query.error} />
        </div>
      )}
    </Panel>
  )
}
