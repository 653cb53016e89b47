import { FileText, TriangleAlert } from 'lucide-react'
import { useRef } from 'react'
import { Link } from 'react-router'
import type { RolloutDetail } from '#contract/rollout'
import { rolloutWords } from '@/domain/device-words'
import { RolloutTarget } from '@/domain/rollout-target'
import { targetLabel } from '@/domain/rollout-target-words'
import { useSearchState } from '@/lib/search-state'
import { buttonClass } from '@/ui/button'
import { PageHeader } from '@/ui/page-header'
import { RelativeTime } from '@/ui/relative-time'
import { Badge } from '@/ui/status'
import { planWords } from './plan-words'
import { RolloutBytes } from './rollout-bytes'
import { RolloutDevices } from './rollout-devices'
import { RolloutFailures } from './rollout-failures'
import type { FailureLog } from './rollout-failure-devices'
import { RolloutGate } from './rollout-gate'
import { RolloutHistory } from './rollout-history'
import { RolloutOrigin } from './rollout-origin'
import { RolloutOverview } from './rollout-overview'
import { rolloutSearch } from './rollout-search'
import { RolloutTimeline } from './rollout-timeline'
import { RolloutVerbs } from './rollout-verbs'
import { RolloutWall } from './rollout-wall'

type RolloutViewProps = {
  rollout: RolloutDetail
  /** Lines of a device's log around the moment it failed; logs are another feature's. */
  renderLog: FailureLog
}

/** Everything about one rollout; all of it moves by itself. */
export function RolloutView({ rollout, renderLog }: RolloutViewProps) {
  const [search, update] = useSearchState(rolloutSearch)
  const devices = useRef<HTMLDivElement>(null)
  const { label, tone } = rolloutWords[rollout.state]
  return (
    <>
      <PageHeader
        title={`${targetLabel(rollout.target)} to ${rollout.fleetName}`}
        trail={[
          { label: 'Rollouts', to: '/rollouts' },
          { label: rollout.fleetName, to: `/fleets/${rollout.fleetId}/rollouts` },
        ]}
        aside={<Badge tone={tone}>{label}</Badge>}
        actions={
          <>
            <Link to={`/rollouts/${rollout.id}/report`} className={buttonClass()}>
              <FileText className="size-4" aria-hidden />
              Report
            </Link>
            <RolloutVerbs rollout={rollout} />
          </>
        }
      >
        Rollout {rollout.id} of <RolloutTarget target={rollout.target} /> · started{' '}
        <RelativeTime at={rollout.createdAt} /> by {rollout.createdBy}
        {rollout.finishedAt !== null && (
          <>
            {' '}
            · ended <RelativeTime at={rollout.finishedAt} />
          </>
        )}{' '}
        · {planWords(rollout).join(' · ')}
        {rollout.note !== '' && <span className="text-ink-soft mt-1 block break-words">{rollout.note}</span>}
      </PageHeader>
      {rollout.haltReason !== null && (
        <p
          role="status"
          className="bg-attention-soft text-attention mb-4 flex items-start gap-2 rounded-md px-3 py-2"
        >
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span>{rollout.haltReason}</span>
        </p>
      )}
      <RolloutOverview
        rollout={rollout}
        chosen={search.state}
        onChoose={(state) => {
          update({ state, after: undefined }, { replace: true })
          devices.current?.scrollIntoView({ block: 'nearest' })
        }}
      />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(19rem,1fr)]">
        <div className="min-w-0 space-y-4">
          <RolloutGate rollout={rollout} />
          <RolloutHistory
            rollout={rollout}
            view={search.history}
            onView={(history) => update({ history }, { replace: true })}
          />
          <RolloutWall
            rollout={rollout}
            lit={search.wall}
            onLit={(wall) => update({ wall }, { replace: true })}
          />
        </div>
        <div className="min-w-0 space-y-4">
          <RolloutFailures
            rollout={rollout}
            opened={search}
            onOpen={(change) => update(change, { replace: true })}
            renderLog={renderLog}
          />
          <RolloutBytes rollout={rollout} />
          <RolloutOrigin rollout={rollout} />
          <RolloutTimeline rollout={rollout} />
        </div>
      </div>
      <div ref={devices} className="mt-4">
        <RolloutDevices rollout={rollout} search={search} onChange={(change) => update(change)} />
      </div>
    </>
  )
}
