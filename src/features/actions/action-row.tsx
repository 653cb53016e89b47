import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { actionNeeds } from '#contract/ability-needs'
import { actionRoles, type Action } from '#contract/device-action'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { formatInstant } from '@/lib/time'
import { Button } from '@/ui/button'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'
import { toastFailure } from '@/ui/toast.store'
import { actionStateWords, actionTitle } from './action-words'
import { useCancelAction } from './actions.queries'

const retryable: readonly Action['state'][] = ['failed', 'expired', 'cancelled']

function Step({ label, at }: { label: string; at: string | null }) {
  if (at === null) return null
  return (
    <li className="whitespace-nowrap">
      {label} <time dateTime={at}>{formatInstant(at)}</time>
    </li>
  )
}

/** When it was asked, taken and over. */
function Steps({ action }: { action: Action }) {
  const isOver = action.finishedAt !== null
  return (
    <ul className="text-ink-muted mt-0.5 flex flex-wrap gap-x-3 text-xs tabular-nums">
      <Step label="Asked" at={action.createdAt} />
      <Step label="Taken" at={action.deliveredAt} />
      <Step label={isOver ? actionStateWords[action.state].label : ''} at={action.finishedAt} />
      {action.overriddenUntil !== null && <Step label="Overridden until" at={action.overriddenUntil} />}
    </ul>
  )
}

/** What a device says ends in a full stop or not; more may follow it. */
const asSentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`)

/** When it will be over at the latest. */
function Deadline({ action }: { action: Action }): ReactNode {
  if (action.state === 'queued')
    return (
      <>
        {' '}
        Expires <RelativeTime at={action.expiresAt} />.
      </>
    )
  if (action.state === 'delivered' && action.answerBy !== null)
    return (
      <>
        {' '}
        It has to answer <RelativeTime at={action.answerBy} />.
      </>
    )
  return null
}

/** What was asked, when, by whom and why. */
function Asked({ action, title }: { action: Action; title: string }) {
  return (
    <>
      <span className="font-medium">{title}</span>
      {action.isForced && <span className="text-ink-muted"> (ignores update locks)</span>}
      <span className="text-ink-muted block text-[13px]">
        <RelativeTime at={action.createdAt} /> by <bdi>{action.createdBy}</bdi>
        {action.reason !== '' && (
          <>
            : <bdi>{action.reason}</bdi>
          </>
        )}
        {action.batchId !== null && (
          <>
            {' '}
            <Link to={`/actions/${action.batchId}`} className="text-accent-ink underline">
              of many devices
            </Link>
          </>
        )}
      </span>
    </>
  )
}

type ActionRowProps = {
  action: Action
  /** Absent where it is only looked at. */
  onRetry?: (action: Action) => void
  /** What stands in the place of what was asked, by whom and why: the device, where all were asked for the same. */
  children?: ReactNode
}

/** One action with its state, the time of each step, and what can still be done about it. */
export function ActionRow({ action, onRetry, children }: ActionRowProps) {
  const { label, tone, meaning } = actionStateWords[action.state]
  const mayAct = useMay(actionRoles[action.kind])
  const canAsk = useMissing(...actionNeeds(action.kind)) === null
  const cancel = useCancelAction()
  const title = actionTitle(action.kind, action.serviceName)
  const isLift = action.state !== 'queued' && action.overriddenUntil !== null
  const callOff = () => cancel.mutate(action.id, { onError: (error) => toastFailure(`${title}: `, error) })
  return (
    <li className="border-line flex flex-wrap items-start gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0">
      <span className="min-w-0 flex-1 basis-40 break-words">
        {children ?? <Asked action={action} title={title} />}
        <Steps action={action} />
      </span>
      <span className="max-w-full min-w-0 text-[13px] sm:max-w-[60%] sm:text-right">
        <Status tone={tone}>
          <span data-testid="action-state">{label}</span>
        </Status>
        <span className="text-ink-muted block break-words">
          {asSentence(action.message ?? meaning)}
          <Deadline action={action} />
        </span>
        {mayAct && (action.state === 'queued' || isLift) && (
          <Button size="sm" variant="ghost" isPending={cancel.isPending} onClick={callOff}>
            {isLift ? 'Lift now' : 'Call off'}
          </Button>
        )}
        {mayAct && canAsk && onRetry && retryable.includes(action.state) && (
          <Button size="sm" variant="ghost" onClick={() => onRetry(action)}>
            Ask again
          </Button>
        )}
      </span>
    </li>
  )
}
