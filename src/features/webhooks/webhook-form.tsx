import { zodResolver } from '@hookform/resolvers/zod'
import { useId } from 'react'
import { Controller, useForm } from 'react-hook-form'
import { z } from 'zod'
import { createWebhookBody, webhookEvents, type Webhook, type WebhookEvent } from '#contract/webhook'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Button } from '@/ui/button'
import { Checkbox } from '@/ui/checkbox'
import { Dialog } from '@/ui/dialog'
import { Field, Select, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { eventWords } from './webhook-words'

const { name, url } = createWebhookBody.shape
const form = z.object({
  name,
  url,
  events: z.array(z.enum(webhookEvents)).min(1, 'choose at least one event'),
  /** Empty: every fleet. */
  fleetId: z.string(),
  isEnabled: z.boolean(),
})
type Values = z.output<typeof form>
export type WebhookValues = Omit<Values, 'fleetId'> & { fleetId: number | null }
export type FleetOption = { id: number; name: string }

type WebhookFormProps = {
  title: string
  submitLabel: string
  /** What is there already; absent for a new one. */
  webhook?: Webhook
  fleets: readonly FleetOption[]
  isPending: boolean
  error: unknown
  onSubmit: (values: WebhookValues, onError: (error: unknown) => void) => void
  onClose: () => void
}

const startOf = (webhook: Webhook | undefined): Values => ({
  name: webhook?.name ?? '',
  url: webhook?.url ?? '',
  events: webhook?.events ?? [...webhookEvents],
  fleetId: String(webhook?.fleetId ?? ''),
  isEnabled: webhook?.isEnabled ?? true,
})

/** Name, address, events and fleet of a webhook, for a new one and for a change. */
export function WebhookForm(props: WebhookFormProps) {
  const { webhook, fleets, isPending, onClose } = props
  const fields = useForm({ resolver: zodResolver(form), defaultValues: startOf(webhook) })
  const { errors } = fields.formState
  const switchId = useId()
  const submit = fields.handleSubmit(({ fleetId, ...values }) =>
    props.onSubmit({ ...values, fleetId: fleetId === '' ? null : Number(fleetId) }, (error) =>
      applyFieldErrors(fields, error),
    ),
  )
  return (
    <Dialog
      title={props.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={isPending} onClick={() => void submit()}>
            {props.submitLabel}
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field label="Name" hint="Who is told, such as a chat channel." error={errors.name?.message}>
          {(field) => <TextInput {...field} {...fields.register('name')} autoComplete="off" />}
        </Field>
        <Field
          label="Address"
          hint="Called by POST with JSON. Redirects are not followed."
          error={errors.url?.message}
        >
          {(field) => (
            <TextInput
              {...field}
              {...fields.register('url')}
              type="url"
              inputMode="url"
              placeholder="https://"
              autoComplete="off"
            />
          )}
        </Field>
        <Field label="Rollouts of" error={errors.fleetId?.message}>
          {(field) => (
            <Select {...field} {...fields.register('fleetId')}>
              <option value="">Every fleet</option>
              {fleets.map((fleet) => (
                <option key={fleet.id} value={fleet.id}>
                  {fleet.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Controller
          control={fields.control}
          name="events"
          render={({ field }) => (
            <EventChoice chosen={field.value} onChange={field.onChange} error={errors.events?.message} />
          )}
        />
        {webhook && (
          <label htmlFor={switchId} className="flex items-center gap-2">
            <Checkbox id={switchId} {...fields.register('isEnabled')} />
            Switched on
          </label>
        )}
        <ProblemNote error={props.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}

type EventChoiceProps = {
  chosen: readonly WebhookEvent[]
  onChange: (events: WebhookEvent[]) => void
  error: string | undefined
}

function EventChoice({ chosen, onChange, error }: EventChoiceProps) {
  return (
    <fieldset>
      <legend className="text-ink-soft mb-1 text-[13px] font-medium">Calls when</legend>
      <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2">
        {webhookEvents.map((event) => (
          <label key={event} className="flex min-h-6 items-center gap-2">
            <Checkbox
              checked={chosen.includes(event)}
              onChange={(change) =>
                onChange(
                  webhookEvents.filter((one) =>
                    one === event ? change.target.checked : chosen.includes(one),
                  ),
                )
              }
            />
            {eventWords[event]}
          </label>
        ))}
      </div>
      {error !== undefined && (
        <p role="alert" className="text-critical mt-1 text-[13px]">
          {error}
        </p>
      )}
    </fieldset>
  )
}
