import { useState } from 'react'
import { useForm, type UseFormRegisterReturn } from 'react-hook-form'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Field, TextInput } from '@/ui/field'
import { FormDialog } from '@/ui/form-dialog'
import { SecretBox } from '@/ui/secret-box'
import { toast } from '@/ui/toast.store'
import { CodeField } from './code-field'
import { QrCode } from './qr-code'
import { RecoveryCodes } from './recovery-codes'
import { useBeginTotp, useConfirmTotp, useEndTotp, useRenewRecoveryCodes } from './totp.queries'

type Closing = { onClose: () => void }

/** Password, then the secret and a code of it, then the recovery codes. */
export function SwitchOnDialog({ onClose }: Closing) {
  const [secret, setSecret] = useState<Secret | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  if (codes)
    return (
      <RecoveryCodes codes={codes} onClose={onClose}>
        From now on signing in asks for a code.
      </RecoveryCodes>
    )
  if (secret) return <Confirm secret={secret} onConfirmed={setCodes} onClose={onClose} />
  return <AskPassword onSecret={setSecret} onClose={onClose} />
}

type Secret = { secret: string; uri: string }

const passwordNeeded = { required: 'Type your password' }

function PasswordField({ error, ...input }: UseFormRegisterReturn & { error: string | undefined }) {
  return (
    <Field label="Password" error={error}>
      {(field) => <TextInput {...field} {...input} type="password" autoComplete="current-password" />}
    </Field>
  )
}

function AskPassword({ onSecret, onClose }: Closing & { onSecret: (secret: Secret) => void }) {
  const begin = useBeginTotp()
  const fields = useForm({ defaultValues: { password: '' } })
  const submit = fields.handleSubmit(({ password }) =>
    begin.mutate(password, { onSuccess: onSecret, onError: (error) => applyFieldErrors(fields, error) }),
  )
  return (
    <FormDialog
      title="Ask for a code at sign-in"
      action="Continue"
      sending={begin}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        You need an authenticator app, on your phone or in a password manager. Your sessions in other browsers
        end when it is switched on.
      </p>
      <PasswordField
        error={fields.formState.errors.password?.message}
        {...fields.register('password', passwordNeeded)}
      />
    </FormDialog>
  )
}

function Confirm({
  secret: { secret, uri },
  onConfirmed,
  onClose,
}: Closing & { secret: Secret; onConfirmed: (codes: readonly string[]) => void }) {
  const confirm = useConfirmTotp()
  const fields = useForm({ defaultValues: { code: '' } })
  const submit = fields.handleSubmit(({ code }) =>
    confirm.mutate(code, {
      onSuccess: ({ recoveryCodes }) => onConfirmed(recoveryCodes),
      onError: (error) => applyFieldErrors(fields, error),
    }),
  )
  return (
    <FormDialog
      title="Add Wheelhouse to your authenticator"
      action="Switch on"
      sending={confirm}
      onSubmit={submit}
      onClose={onClose}
    >
      <div className="flex justify-center">
        <QrCode text={uri} label="QR code of the secret, for an authenticator app" />
      </div>
      <SecretBox label="Or by hand" secret={secret}>
        It is shown only now. Whoever has it makes your codes.
      </SecretBox>
      <Field label="Code that the app shows" error={fields.formState.errors.code?.message}>
        {(field) => (
          <TextInput
            {...field}
            {...fields.register('code', { required: 'Type the six digits' })}
            inputMode="numeric"
            autoComplete="one-time-code"
            className="font-mono"
          />
        )}
      </Field>
    </FormDialog>
  )
}

/** What a sign-in asks for: whoever finds an open page cannot weaken the account. */
const useProof = () => useForm({ defaultValues: { password: '', code: '' } })

function ProofFields({ proof: { register, formState } }: { proof: ReturnType<typeof useProof> }) {
  return (
    <>
      <PasswordField error={formState.errors.password?.message} {...register('password', passwordNeeded)} />
      <CodeField error={formState.errors.code?.message} {...register('code', { required: 'Type a code' })} />
    </>
  )
}

/** Other recovery codes in the place of those that are left. */
export function RenewCodesDialog({ onClose }: Closing) {
  const renew = useRenewRecoveryCodes()
  const proof = useProof()
  const submit = proof.handleSubmit((values) =>
    renew.mutate(values, { onError: (error) => applyFieldErrors(proof, error) }),
  )
  if (renew.data)
    return (
      <RecoveryCodes codes={renew.data.recoveryCodes} onClose={onClose}>
        The recovery codes you had before open nothing any more.
      </RecoveryCodes>
    )
  return (
    <FormDialog
      title="Make new recovery codes?"
      action="Make new codes"
      sending={renew}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>Those you have now stop working. Your authenticator app stays as it is.</p>
      <ProofFields proof={proof} />
    </FormDialog>
  )
}

export function SwitchOffDialog({ onClose }: Closing) {
  const end = useEndTotp()
  const proof = useProof()
  const submit = proof.handleSubmit((values) =>
    end.mutate(values, {
      onSuccess: () => {
        toast('ok', 'Signing in asks for no code any more')
        onClose()
      },
      onError: (error) => applyFieldErrors(proof, error),
    }),
  )
  return (
    <FormDialog
      title="Ask for no code any more?"
      action="Switch off"
      variant="danger"
      sending={end}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>Whoever has your password can sign in then. The recovery codes stop working.</p>
      <ProofFields proof={proof} />
    </FormDialog>
  )
}
