import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { useNavigate } from 'react-router'
import { z } from 'zod'
import { fleetName } from '#contract/fleet'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, Select, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
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
    <Dialog
      title="New fleet"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={create.isPending} onClick={() => void submit()}>
            Create fleet
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
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
        <ProblemNote error={create.error ?? types.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
