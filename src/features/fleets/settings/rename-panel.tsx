import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { fleetName, type FleetSummary } from '#contract/fleet'
import { SourceNote } from '@/domain/source-note'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { FactList } from '@/ui/fact-list'
import { Field, TextInput } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { RelativeTime } from '@/ui/relative-time'
import { toast } from '@/ui/toast.store'
import { useUpdateFleet } from '../fleets.mutations'

const form = z.object({ name: fleetName })

function RenameForm({ fleet }: { fleet: FleetSummary }) {
  const rename = useUpdateFleet(fleet.id)
  const { register, handleSubmit, formState, reset } = useForm({
    resolver: zodResolver(form),
    values: { name: fleet.name },
    // A live update of the name must not wipe out what somebody types.
    resetOptions: { keepDirtyValues: true },
  })
  const submit = handleSubmit((values) =>
    rename.mutate(values, {
      onSuccess: () => {
        reset(values)
        toast('ok', `The fleet is called ${values.name} now.`)
      },
    }),
  )
  return (
    <form noValidate className="space-y-3" onSubmit={(event) => void submit(event)}>
      <Field label="Name" error={formState.errors.name?.message}>
        {(field) => <TextInput {...field} {...register('name')} autoComplete="off" />}
      </Field>
      <ProblemNote error={rename.error} />
      <Button type="submit" isPending={rename.isPending} disabled={!formState.isDirty}>
        Rename
      </Button>
    </form>
  )
}

export function RenamePanel({ fleet }: { fleet: FleetSummary }) {
  const mayRename = useMay('release-manager')
  const canRename = useMissing('create-fleets') === null
  return (
    <Panel title="Fleet">
      <div className="space-y-4">
        {mayRename && (canRename ? <RenameForm fleet={fleet} /> : <SourceNote needs="create-fleets" />)}
        <FactList
          facts={[
            {
              name: 'Device type',
              value: `${fleet.deviceType.name} (${fleet.deviceType.slug}, ${fleet.deviceType.architecture})`,
            },
            ...(canRename ? [] : [{ name: 'Name', value: <bdi>{fleet.name}</bdi> }]),
            { name: 'Fleet id', value: <span className="tabular-nums">{fleet.id}</span> },
            { name: 'Created', value: <RelativeTime at={fleet.createdAt} /> },
          ]}
        />
      </div>
    </Panel>
  )
}
