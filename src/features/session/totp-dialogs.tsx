import { Copy, Download } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Button, buttonClass } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { SecretBox } from '@/ui/secret-box'
import { toast } from '@/ui/toast.store'
import { CodeField } from './code-field'
import { QrCode } from './qr-code'
import { useBeginTotp, useConfirmTotp, useEndTotp } from './totp.queries'

type Closing = { onClose: () => void }

/** Password, then the secret and a code of it, then the recovery codes. */
export function SwitchOnDialog({ onClose }: Closing) {
  const [secret, setSecret] = useState<Secret | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  if (codes) return <RecoveryCodes codes={codes} onClose={onClose} />
  if (secret) return <Confirm secret={secret} onConfirmed={setCodes} onClose={onClose} />
  return <AskPassword onSecret={setSecret} onClose={onClose} />
}

type Secret = { secret: string; uri: string }

function AskPassword({ onSecret, onClose }: Closing & { onSecret: (secret: Secret) => void }) {
  const begin = useBeginTotp()
  const fields = useForm({ defaultValues: { password: '' } })
  const submit = fields.handleSubmit(({ password }) =>
    begin.mutate(password, { onSuccess: onSecret, onError: (error) => applyFieldErrors(fields, error) }),
  )
  return (
    <Dialog
      title="Ask for a code at sign-in"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={begin.isPending} onClick={() => void submit()}>
            Continue
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <p>
          You need an authenticator app, on your phone or in a password manager. Your sessions in other
          browsers end when it is switched on.
        </p>
        <Field label="Password" error={fields.formState.errors.password?.message}>
          {(field) => (
            <TextInput
              {...field}
              {...fields.register('password', { required: 'Type your password' })}
              type="password"
              autoComplete="current-password"
            />
          )}
        </Field>
        <ProblemNote error={begin.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
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
    <Dialog
      title="Add Wheelhouse to your authenticator"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={confirm.isPending} onClick={() => void submit()}>
            Switch on
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
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
        <ProblemNote error={confirm.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}

function RecoveryCodes({ codes, onClose }: Closing & { codes: readonly string[] }) {
  const text = codes.join('\n')
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast('ok', 'Recovery codes copied'),
      () => toast('critical', 'The browser does not allow copying here; download them or write them down.'),
    )
  return (
    <Dialog
      title="Keep your recovery codes"
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          I have kept them
        </Button>
      }
    >
      <div className="space-y-3">
        <p>
          From now on signing in asks for a code. Each of these opens once when your authenticator is lost.
          They are shown only now.
        </p>
        <ol
          aria-label="Recovery codes"
          className="border-line bg-panel rounded-md border px-3 py-2 font-mono text-[12.5px] leading-6"
        >
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <div className="flex flex-wrap gap-2">
          <Button icon={<Copy className="size-4" aria-hidden />} onClick={() => void copy()}>
            Copy
          </Button>
          <a
            className={buttonClass()}
            href={`data:text/plain,${encodeURIComponent(`${text}\n`)}`}
            download="wheelhouse-recovery-codes.txt"
          >
            <Download className="size-4" aria-hidden />
            Download
          </a>
        </div>
      </div>
    </Dialog>
  )
}

/** Asks for what a sign-in asks for: whoever finds an open page cannot weaken the account. */
export function SwitchOffDialog({ onClose }: Closing) {
  const end = useEndTotp()
  const fields = useForm({ defaultValues: { password: '', code: '' } })
  const { errors } = fields.formState
  const submit = fields.handleSubmit((values) =>
    end.mutate(values, {
      onSuccess: () => {
        toast('ok', 'Signing in asks for no code any more')
        onClose()
      },
      onError: (error) => applyFieldErrors(fields, error),
    }),
  )
  return (
    <Dialog
      title="Ask for no code any more?"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" isPending={end.isPending} onClick={() => void submit()}>
            Switch off
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <p>Whoever has your password can sign in then. The recovery codes stop working.</p>
        <Field label="Password" error={errors.password?.message}>
          {(field) => (
            <TextInput
              {...field}
              {...fields.register('password', { required: 'Type your password' })}
              type="password"
              autoComplete="current-password"
            />
          )}
        </Field>
        <CodeField error={errors.code?.message} {...fields.register('code', { required: 'Type a code' })} />
        <ProblemNote error={end.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
