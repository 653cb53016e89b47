import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { z } from 'zod'
import { looksSecret } from '#contract/secret-names'
import { variableKind, variableName, type Variable } from '#contract/fleet'
import { cn } from '@/lib/cn'
import { Button } from '@/ui/button'
import { Checkbox } from '@/ui/checkbox'
import { Dialog } from '@/ui/dialog'
import { Field, Select, TextArea, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import { consequenceOf, isConfigurationName, type VariableOwner } from './variable-rules'

export type VariableInput = Pick<Variable, 'kind' | 'service' | 'name' | 'value'>

const ALL_SERVICES = ''
const form = z
  .object({
    kind: variableKind,
    service: z.string(),
    name: z.string().min(1, 'Type a name').pipe(variableName),
    value: z.string().max(64_000, 'may have at most 64,000 characters'),
  })
  .superRefine(({ kind, name }, context) => {
    const isReserved = isConfigurationName(name)
    if (kind === 'configuration' && !isReserved)
      context.addIssue({
        code: 'custom',
        path: ['name'],
        message: 'must start with BALENA_ or RESIN_: devices ignore any other configuration',
      })
    if (kind === 'environment' && isReserved)
      context.addIssue({
        code: 'custom',
        path: ['name'],
        message: 'BALENA_ and RESIN_ belong to configuration; choose that kind above',
      })
  })

type VariableDialogProps = {
  owner: VariableOwner
  /** What the form starts with; a variable that exists keeps its name, kind and service. */
  start: VariableInput
  isNew: boolean
  services: readonly string[]
  onSet: (input: VariableInput) => Promise<unknown>
  onClose: () => void
}

/** Adds a variable or changes the value of one. */
export function VariableDialog({ owner, start, isNew, services, onSet, onClose }: VariableDialogProps) {
  const { register, handleSubmit, formState, control } = useForm({
    resolver: zodResolver(form),
    defaultValues: { ...start, service: start.service ?? ALL_SERVICES },
  })
  const [kind, name, service] = useWatch({ control, name: ['kind', 'name', 'service'] })
  const [isShown, setShown] = useState(false)
  const showId = useId()
  const isSecret = looksSecret(name)
  const set = useMutation({
    mutationFn: onSet,
    onSuccess: (_answer, input) => {
      toast('ok', `${input.name} is set. Devices get it at their next poll.`)
      onClose()
    },
  })
  const submit = handleSubmit((values) =>
    set.mutate({
      ...values,
      service: values.kind === 'configuration' || values.service === ALL_SERVICES ? null : values.service,
    }),
  )
  const listed = start.service !== null && !services.includes(start.service) ? [start.service] : []
  return (
    <Dialog
      title={isNew ? 'Add a variable' : `Change ${start.name}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={set.isPending} onClick={() => void submit()}>
            {isNew ? 'Add variable' : 'Save value'}
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        {isNew && (
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Kind">
              {(field) => (
                <Select {...field} {...register('kind')}>
                  <option value="environment">Environment, for services</option>
                  <option value="configuration">Configuration, for host OS and supervisor</option>
                </Select>
              )}
            </Field>
            {kind === 'environment' && (
              <Field label="Service">
                {(field) => (
                  <Select {...field} {...register('service')}>
                    <option value={ALL_SERVICES}>All services</option>
                    {[...services, ...listed].map((one) => (
                      <option key={one} value={one}>
                        {one}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            )}
          </div>
        )}
        <Field label="Name" error={formState.errors.name?.message}>
          {(field) => (
            <TextInput
              {...field}
              {...register('name')}
              readOnly={!isNew}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              className="read-only:bg-sunken font-mono"
            />
          )}
        </Field>
        <Field
          label="Value"
          hint={consequenceOf({ kind, service: service === ALL_SERVICES ? null : service }, owner)}
          error={formState.errors.value?.message}
        >
          {(field) => (
            <TextArea
              {...field}
              {...register('value')}
              rows={3}
              autoComplete="off"
              spellCheck={false}
              className={cn('font-mono', isSecret && !isShown && '[-webkit-text-security:disc]')}
            />
          )}
        </Field>
        {isSecret && (
          <label htmlFor={showId} className="flex items-center gap-2 text-[13px]">
            <Checkbox id={showId} checked={isShown} onChange={(event) => setShown(event.target.checked)} />
            Show the value
          </label>
        )}
        <ProblemNote error={set.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
