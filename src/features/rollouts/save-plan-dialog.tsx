import { useState } from 'react'
import type { RolloutPlan } from '#contract/rollout-plan'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Field, TextInput } from '@/ui/field'
import { toast } from '@/ui/toast.store'
import { useSavePlan } from './rollouts.mutations'

type SavePlanDialogProps = {
  fleetId: number
  plan: RolloutPlan
  onSaved: (name: string) => void
  onClose: () => void
}

/** Keeps a plan for the fleet; one of the same name is replaced. */
export function SavePlanDialog({ fleetId, plan, onSaved, onClose }: SavePlanDialogProps) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const save = useSavePlan(fleetId)
  return (
    <ConfirmDialog
      title="Keep this plan"
      confirmLabel="Keep plan"
      isPending={save.isPending}
      isBlocked={name.trim() === ''}
      error={save.error}
      onClose={onClose}
      onConfirm={() =>
        save.mutate(
          { name: name.trim(), description, plan },
          {
            onSuccess: (saved) => {
              toast('ok', `The plan "${saved.name}" is kept for this fleet.`)
              onSaved(saved.name)
            },
          },
        )
      }
    >
      <p>
        It is kept for this fleet, for people and for API tokens. A plan of the same name is replaced;
        rollouts that used it keep their copy.
      </p>
      <Field label="Name">
        {(field) => (
          <TextInput
            {...field}
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label="What it is for (optional)">
        {(field) => (
          <TextInput
            {...field}
            maxLength={300}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
        )}
      </Field>
    </ConfirmDialog>
  )
}
