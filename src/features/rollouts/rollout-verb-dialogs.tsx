import { useState } from 'react'
import type { RolloutDetail } from '#contract/rollout'
import { rolloutProgress } from '@/domain/rollout-states'
import { formatNoun } from '@/lib/format'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Field, TextInput } from '@/ui/field'
import { touchedCount } from './rollout-verb-rules'

type DialogProps = {
  rollout: RolloutDetail
  isPending: boolean
  error: unknown
  onConfirm: (reason: string) => void
  onClose: () => void
}

function Reason({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Field label="Reason (optional)" hint="Kept in the audit log and shown in the timeline.">
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
        {rollout.release.semver}. {formatNoun(done, 'device')} that {done === 1 ? 'has' : 'have'} it{' '}
        {done === 1 ? 'keeps' : 'keep'} it, and devices on their way go on. An aborted rollout cannot be
        resumed; it can be rolled back.
      </p>
      <Reason value={reason} onChange={setReason} />
    </ConfirmDialog>
  )
}

export function RetryDialog({ rollout, onConfirm, ...rest }: DialogProps) {
  const { failed } = rollout.counts
  return (
    <ConfirmDialog
      {...rest}
      title={`Retry ${formatNoun(failed, 'failed device')}`}
      confirmLabel="Retry"
      onConfirm={() => onConfirm('')}
    >
      <p>
        {formatNoun(failed, 'device')} that failed {failed === 1 ? 'is' : 'are'} offered{' '}
        {rollout.release.semver} again
        {rollout.state === 'completed' && '; the rollout runs again until they are done'}.
      </p>
    </ConfirmDialog>
  )
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
        {rollout.release.semver} {touched === 1 ? 'gets' : 'get'} back exactly what{' '}
        {touched === 1 ? 'it' : 'they'} had before, pin included. Those not offered yet are left alone. It
        cannot be stopped half-way.
      </p>
      <Reason value={reason} onChange={setReason} />
    </ConfirmDialog>
  )
}
