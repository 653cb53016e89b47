import { ChevronDown, ChevronRight } from 'lucide-react'
import { useId } from 'react'
import { Link } from 'react-router'
import type { RolloutDetail } from '#contract/rollout'
import { formatCount, formatNoun } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { Status } from '@/ui/status'
import { FailureDevices, type FailureLog } from './rollout-failure-devices'
import type { RolloutSearch } from './rollout-search'

type RolloutFailuresProps = {
  rollout: RolloutDetail
  /** The failure whose devices are listed, and the device whose log lines are shown. */
  opened: Pick<RolloutSearch, 'failure' | 'log'>
  onOpen: (change: Partial<Pick<RolloutSearch, 'failure' | 'log'>>) => void
  renderLog: FailureLog
}

/** Why devices failed, most frequent first; each opens to all of its devices, and each of these to its last log lines. */
export function RolloutFailures({ rollout, opened, onOpen, renderLog }: RolloutFailuresProps) {
  const { failures } = rollout
  const failed = failures.reduce((sum, failure) => sum + failure.count, 0)
  return (
    <Panel title="Failures by reason" hint={failed === 0 ? undefined : formatNoun(failed, 'device')} isFlush>
      {failures.length === 0 ? (
        <p className="p-4">
          <Status tone="ok">No device has failed.</Status>
        </p>
      ) : (
        <ul className="divide-line divide-y">
          {failures.map((failure) => (
            <FailureGroup
              key={failure.key}
              rollout={rollout}
              failure={failure}
              isOpen={failure.key === opened.failure}
              onToggle={() =>
                onOpen({ failure: failure.key === opened.failure ? undefined : failure.key, log: undefined })
              }
              logOf={opened.log}
              onLogOf={(log) => onOpen({ log })}
              renderLog={renderLog}
            />
          ))}
        </ul>
      )}
    </Panel>
  )
}

type FailureGroupProps = {
  rollout: RolloutDetail
  failure: RolloutDetail['failures'][number]
  isOpen: boolean
  onToggle: () => void
  logOf: string | undefined
  onLogOf: (uuid: string | undefined) => void
  renderLog: FailureLog
}

function FailureGroup({ isOpen, onToggle, ...ofDevices }: FailureGroupProps) {
  const { failure } = ofDevices
  const listId = useId()
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <li className="px-4 py-2.5">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={listId}
        onClick={onToggle}
        className="hover:bg-sunken -mx-2 flex w-[calc(100%+1rem)] items-start gap-2 rounded-md px-2 py-1 text-left"
      >
        <Chevron className="text-ink-muted mt-0.5 size-4 shrink-0" aria-hidden />
        <span className="min-w-0 flex-1 font-medium break-words">{failure.reason}</span>
        <span className="text-critical font-semibold tabular-nums">
          {formatCount(failure.count)}
          <span className="sr-only"> {failure.count === 1 ? 'device' : 'devices'}</span>
        </span>
      </button>
      <div id={listId}>{isOpen ? <FailureDevices {...ofDevices} /> : <Examples failure={failure} />}</div>
    </li>
  )
}

function Examples({ failure }: { failure: RolloutDetail['failures'][number] }) {
  return (
    <p className="text-ink-muted mt-0.5 text-[13px]">
      Logs of{' '}
      {failure.examples.map((device, index) => (
        <span key={device.uuid}>
          {index > 0 && ', '}
          <Link to={`/devices/${device.uuid}/logs`} className="text-accent-ink underline underline-offset-2">
            {device.name}
          </Link>
        </span>
      ))}
      {failure.count > failure.examples.length &&
        ` and ${formatCount(failure.count - failure.examples.length)} more`}
    </p>
  )
}
