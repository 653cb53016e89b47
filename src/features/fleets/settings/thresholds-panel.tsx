import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import type { HealthThresholds } from '#contract/health'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { QueryView } from '@/ui/query-view'
import { toast } from '@/ui/toast.store'
import { useSetThresholds } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'
import { defaultThresholds, thresholdError, thresholdForm, thresholdGroups } from './threshold-form'

function ThresholdsForm({ fleetId, limits }: { fleetId: number; limits: HealthThresholds }) {
  const mayChange = useMay('release-manager')
  const save = useSetThresholds(fleetId)
  const { register, handleSubmit, formState, reset } = useForm({
    resolver: zodResolver(thresholdForm, { error: thresholdError }),
    values: limits,
    resetOptions: { keepDirtyValues: true },
  })
  const isDefault = thresholdGroups
    .flatMap((group) => group.fields)
    .every(({ key }) => limits[key] === defaultThresholds[key])
  const store = (values: HealthThresholds, text: string) =>
    save.mutate(values, {
      onSuccess: () => {
        reset(values)
        toast('ok', text)
      },
    })
  const submit = handleSubmit((values) => store(values, 'Limits are saved. The devices are judged anew.'))
  return (
    <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
        {thresholdGroups.map((group) => (
          <fieldset
            key={group.title}
            disabled={!mayChange}
            className={group.fields.length > 1 ? 'sm:col-span-2' : ''}
          >
            <legend className="font-medium">{group.title}</legend>
            <div className={group.fields.length > 1 ? 'grid grid-cols-2 gap-4' : ''}>
              {group.fields.map(({ key, label, unit }) => (
                <Field
                  key={key}
                  label={`${label} (${unit})`}
                  hint={`Default ${defaultThresholds[key]} ${unit}`}
                  error={formState.errors[key]?.message}
                >
                  {(field) => (
                    <TextInput
                      {...field}
                      {...register(key, { valueAsNumber: true })}
                      type="number"
                      inputMode="numeric"
                      className="tabular-nums"
                    />
                  )}
                </Field>
              ))}
            </div>
          </fieldset>
        ))}
      </div>
      <ProblemNote error={save.error} />
      {mayChange ? (
        <div className="flex flex-wrap gap-2">
          <Button type="submit" isPending={save.isPending} disabled={!formState.isDirty}>
            Save limits
          </Button>
          <Button
            variant="ghost"
            disabled={save.isPending || (isDefault && !formState.isDirty)}
            onClick={() => {
              if (isDefault) reset(limits)
              else store(defaultThresholds, 'The defaults hold again. The devices are judged anew.')
            }}
          >
            Back to the defaults
          </Button>
        </div>
      ) : (
        <p className="text-ink-muted">A release manager can change these limits.</p>
      )}
    </form>
  )
}

/** When a device of this fleet needs attention; the same limits feed lists, device pages and rollouts. */
export function ThresholdsPanel({ fleetId }: { fleetId: number }) {
  const query = useQuery(fleetQueries.thresholds(fleetId))
  return (
    <Panel
      title="Health limits"
      hint="From when on a device of this fleet is shown as attention or critical."
    >
      <QueryView query={query} what="health limits">
        {(limits) => <ThresholdsForm fleetId={fleetId} limits={limits} />}
      </QueryView>
    </Panel>
  )
}
