import { useState, type ReactNode } from 'react'
import { Button } from './button'
import { Dialog } from './dialog'
import { Field, TextInput } from './field'
import { ProblemNote } from './problem-note'

type ConfirmDialogProps = {
  title: string
  /** What will happen, to how many. */
  children: ReactNode
  confirmLabel: string
  isDangerous?: boolean
  /** When set, this text must be typed before the button works: for what cannot be taken back easily. */
  typeToConfirm?: string
  isPending: boolean
  isBlocked?: boolean
  error: unknown
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something with consequences, and shows why it was refused. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [typed, setTyped] = useState('')
  const isTyped = props.typeToConfirm === undefined || typed.trim() === props.typeToConfirm
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            variant={props.isDangerous === true ? 'danger' : 'primary'}
            isPending={props.isPending}
            disabled={!isTyped || props.isBlocked === true}
            onClick={props.onConfirm}
          >
            {props.confirmLabel}
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        {props.children}
        {props.typeToConfirm !== undefined && (
          <Field label={`Type ${props.typeToConfirm} to confirm`}>
            {(field) => (
              <TextInput
                {...field}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
                autoComplete="off"
              />
            )}
          </Field>
        )}
        <ProblemNote error={props.error} />
      </div>
    </Dialog>
  )
}
