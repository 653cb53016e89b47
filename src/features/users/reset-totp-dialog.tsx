import type { User } from '#contract/session'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { toast } from '@/ui/toast.store'
import { useResetTotp } from './users.mutations'

/** For somebody who has lost authenticator and recovery codes. */
export function ResetTotpDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const reset = useResetTotp(user.id)
  return (
    <ConfirmDialog
      title={`Let ${user.name} sign in without a code?`}
      confirmLabel="Reset"
      isDangerous
      isPending={reset.isPending}
      error={reset.error}
      onClose={onClose}
      onConfirm={() =>
        reset.mutate(undefined, {
          onSuccess: () => {
            toast('ok', `${user.name} is asked for no code any more`)
            onClose()
          },
        })
      }
    >
      <p>
        Be sure that it is {user.email} who asks: their password, or a one-time link, is enough then. They can
        switch codes on again under their account.
      </p>
    </ConfirmDialog>
  )
}
