import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { useNavigate } from 'react-router'
import { z } from 'zod'
import { fleetName } from '#contract/fleet'
import { Field, Select, TextInput } from '@/ui/field'
import { FormDialog } from '@/ui/form-dialog'
import { useCreateFleet } from './fleets.mutations'
import { fleetQueries } from './fleets.queries'

const form = z.object({ name: fleetName, deviceType: z.string().min(1, 'Choose what the devices are') })

export function CreateFleetDialog({ onClose }: { onClose: () => void }) {
  const types = useQuery(fleetQueries.deviceTypes())
  const create = useCreateFleet()
  const navigate = useNavigate()
  const { register, handleSubmit, formState } = useForm({
    resolver: zodResolver(form),
    defaultValues: { name: '', deviceType: '' },
  })
  const submit = handleSubmit((values) =>
    create.mutate(values, { onSuccess: (fleet) => void navigate(`/fleets/${fleet.id}/settings`) }),
  )
  return (
    <FormDialog
      title="New fleet"
      action="Create fleet"
      sending={{ isPending: create.isPending, error: create.error ?? types.error }}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label="Name" error={formState.errors.name?.message}>
        {(field) => <TextInput {...field} {...register('name')} autoComplete="off" />}
      </Field>
      <Field
        label="Default device type"
        hint="Other types can join as long as releases fit their architecture."
        error={formState.errors.deviceType?.message}
      >
        {(field) => (
          <Select {...field} {...register('deviceType')}>
            <option value="">{types.isPending ? 'Loading…' : 'Choose…'}</option>
            {types.data?.deviceTypes.map((type) => (
              <option key={type.slug} value={type.slug}>
                {type.name} ({type.architecture})
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}
