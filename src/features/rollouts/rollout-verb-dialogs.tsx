import { useState } from 'react'
import type { RolloutDetail } from '#contract/rollout'
import { targetWords } from '@/domain/rollout-target-words'
import { rolloutProgress } from '@/domain/rollout-states'
import { formatCount, formatNoun } from '@/lib/format'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Field, TextInput } from '@/ui/field'
import { retryCount, touchedCount } from './rollout-verb-rules'

type DialogProps = {
  rollout: RolloutDetail
  isPending: boolean
  error: unknown
  onConfirm: (reason: string) => void
  onClose: () => void
}

function Reason(props: { value: string; isNeeded?: boolean; onChange: (value: string) => void }) {
  const { value, isNeeded = false, onChange } = props
  return (
    <Field
      label={isNeeded ? 'Reason' : 'Reason (optional)'}
      hint="Kept in the audit log and shown in the timeline."
    >
      {(field) => (
        <TextInput
          {...field}
          maxLength={1000}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export function AbortDialog({ rollout, onConfirm, ...rest }: DialogProps) {
  const [reason, setReason] = useState('')
  const { waiting, offline, done } = rolloutProgress(rollout.counts)
  return (
    <ConfirmDialog
      {...rest}
      title={`Abort rollout ${rollout.id}`}
      confirmLabel="Abort rollout"
      isDangerous
      onConfirm={() => onConfirm(reason)}
    >
      <p>
        {formatNoun(waiting + offline, 'device')} waiting or offline will not be offered{' '}
        {targetWords(rollout.target)}. {formatNoun(done, 'device')} that {done === 1 ? 'has' : 'have'} it{' '}
        {done === 1 ? 'keeps' : 'keep'} it, and devices on their way go on. An aborted rollout cannot be
        resumed; it can be rolled back.
      </p>
      <Reason value={reason} onChange={setReason} />
    </ConfirmDialog>
  )
}

export function RetryDialog({ rollout, onConfirm, ...rest }: DialogProps) {
  const failed = retryCount(rollout.counts)
  const reverted = rollout.counts['rolled-back']
  return (
    <ConfirmDialog
      {...rest}
      title={`Retry ${formatNoun(failed, 'failed device')}`}
      confirmLabel="Retry"
      onConfirm={() => onConfirm('')}
    >
      <p>
        {formatNoun(failed, 'device')} that failed
        {reverted > 0 && ` (${formatCount(reverted)} went back by themselves)`} {failed === 1 ? 'is' : 'are'}{' '}
        offered {targetWords(rollout.target)} again
        {rollout.state === 'completed' && '; the rollout runs again until they are done'}.
      </p>
    </ConfirmDialog>
  )
}

const backWords: Record<RolloutDetail['target']['kind'], string> = {
  release: ', pin included',
  'host-os': ': those that run it are led back to the version they ran, with another reboot',
}

export function RollBackDialog({ rollout, onConfirm, ...rest }: DialogProps) {
  const [reason, setReason] = useState('')
  const touched = touchedCount(rollout.counts)
  return (
    <ConfirmDialog
      {...rest}
      title={`Roll back rollout ${rollout.id}`}
      confirmLabel="Roll back"
      isDangerous
      typeToConfirm={rollout.fleetName}
      onConfirm={() => onConfirm(reason)}
    >
      <p>
        <strong>{formatNoun(touched, 'device')}</strong> that {touched === 1 ? 'was' : 'were'} offered{' '}
        {targetWords(rollout.target)} {touched === 1 ? 'gets' : 'get'} back exactly what{' '}
        {touched === 1 ? 'it' : 'they'} had before{backWords[rollout.target.kind]}. Those not offered yet are
        left alone. It cannot be stopped half-way.
      </p>
      <Reason value={reason} onChange={setReason} />
    </ConfirmDialog>
  )
}

/** Lets the phase open that waits for it. */
export function ApproveDialog({ rollout, onConfirm, ...rest }: DialogProps) {
  const [reason, setReason] = useState('')
  const phase = rollout.phases.find((one) => one.state === 'awaiting-approval')
  const devices = phase === undefined ? 0 : phase.total - phase.counts.skipped
  return (
    <ConfirmDialog
      {...rest}
      title={`Approve “${phase?.name ?? 'the next phase'}”`}
      confirmLabel="Approve"
      isBlocked={phase === undefined}
      onConfirm={() => onConfirm(reason)}
    >
      <p>
        {formatNoun(devices, 'device')} more {devices === 1 ? 'is' : 'are'} offered{' '}
        {targetWords(rollout.target)}, as fast as the plan allows.
      </p>
      <Reason value={reason} onChange={setReason} />
    </ConfirmDialog>
  )
}

/** Lets the open phase pass without its gate; the reason is kept. */
export function SkipPhaseDialog({ rollout, onConfirm, ...rest }: DialogProps) {
  const [reason, setReason] = useState('')
  const open = rollout.phases.findLast((one) => one.state === 'open')
  const next = rollout.phases.find((one) => one.state === 'pending' || one.state === 'awaiting-approval')
  return (
    <ConfirmDialog
      {...rest}
      title={`Skip the gate of “${open?.name ?? 'the open phase'}”`}
      confirmLabel="Skip gate"
      isDangerous
      isBlocked={reason.trim() === ''}
      onConfirm={() => onConfirm(reason)}
    >
      <p>
        The phase passes whatever its figures are
        {next === undefined
          ? '.'
          : `, and “${next.name}” is next with ${formatNoun(next.total, 'device')}.`}{' '}
        Its devices are still followed to their end.
      </p>
      <Reason value={reason} isNeeded onChange={setReason} />
    </ConfirmDialog>
  )
}
