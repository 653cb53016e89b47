import type { ReactNode } from 'react'
import { Button } from './button'
import { Dialog } from './dialog'
import { ProblemNote } from './problem-note'

type FormDialogProps = {
  title: string
  /** What the main button says. */
  action: string
  variant?: 'primary' | 'danger'
  /** Of what is sent: whether it is under way, and why it failed. */
  sending: { isPending: boolean; error: Error | null }
  /** Checks the fields and sends them. */
  onSubmit: () => Promise<unknown>
  onClose: () => void
  /** The fields. */
  children: ReactNode
}

/** A dialog of one form, sent by its main button or by Enter. */
export function FormDialog({
  title,
  action,
  variant = 'primary',
  sending,
  onSubmit,
  onClose,
  children,
}: FormDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={variant} isPending={sending.isPending} onClick={() => void onSubmit()}>
            {action}
          </Button>
        </>
      }
    >
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          void onSubmit()
        }}
      >
        {children}
        <ProblemNote error={sending.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
