import { zodResolver } from '@hookform/resolvers/zod'
import { useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import type { FleetSummary } from '#contract/fleet'
import { healthLimits, type HealthThresholds } from '#contract/health'
import { cn } from '@/lib/cn'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { areSame, defaultThresholds, thresholdError, thresholdForm, thresholdGroups } from './threshold-form'
import { ThresholdPreviewBox } from './threshold-preview'
import { ThresholdsConfirm } from './thresholds-confirm'

type ThresholdsFormProps = { fleet: Pick<FleetSummary, 'id' | 'name'>; limits: HealthThresholds }

/** Every limit with its default; what other limits would change is shown before they are saved. */
export function ThresholdsForm({ fleet, limits }: ThresholdsFormProps) {
  const mayChange = useMay('release-manager')
  const [asked, setAsked] = useState<HealthThresholds | null>(null)
  const { register, handleSubmit, formState, reset, setValue, clearErrors, control } = useForm({
    resolver: zodResolver(thresholdForm, { error: thresholdError }),
    values: limits,
    resetOptions: { keepDirtyValues: true },
  })
  const values = useWatch({ control, defaultValue: limits })
  const isChanged = !areSame(values, limits)
  const fill = (wanted: HealthThresholds) => {
    clearErrors()
    for (const key of healthLimits) setValue(key, wanted[key], { shouldDirty: true })
  }
  const submit = handleSubmit((read) => setAsked(read))
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
                      className="scroll-mb-80 tabular-nums"
                    />
                  )}
                </Field>
              ))}
            </div>
          </fieldset>
        ))}
      </div>
      {/* In sight whichever limit is typed into. */}
      <div
        className={cn(
          'space-y-3',
          isChanged && 'border-line bg-panel sticky bottom-0 z-10 -mx-4 -mb-4 rounded-b-lg border-t p-4',
        )}
      >
        {isChanged && <ThresholdPreviewBox fleetId={fleet.id} values={values} />}
        {mayChange ? (
          <div className="flex flex-wrap gap-2">
            <Button type="submit" variant="primary" disabled={!isChanged}>
              Save limits…
            </Button>
            <Button variant="ghost" disabled={!isChanged} onClick={() => fill(limits)}>
              Discard changes
            </Button>
            <Button
              variant="ghost"
              disabled={areSame(values, defaultThresholds)}
              onClick={() => fill(defaultThresholds)}
            >
              Fill in the defaults
            </Button>
          </div>
        ) : (
          <p className="text-ink-muted">A release manager can change these limits.</p>
        )}
      </div>
      {asked && (
        <ThresholdsConfirm
          fleet={fleet}
          before={limits}
          after={asked}
          onSaved={(saved) => {
            setAsked(null)
            reset(saved)
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </form>
  )
}
