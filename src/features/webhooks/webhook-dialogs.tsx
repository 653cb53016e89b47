import type { Webhook } from '#contract/webhook'
import { formatNoun } from '@/lib/format'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { toast } from '@/ui/toast.store'
import { SecretDialog } from './secret-dialog'
import { WebhookForm, type FleetOption } from './webhook-form'

import { useCreateWebhook, useDeleteWebhook, useRotateSecret, useUpdateWebhook } from './webhooks.mutations'

type Closing = { onClose: () => void }
type OfWebhook = Closing & { webhook: Webhook }

/** Makes a webhook; the key of its signature is shown once, in the same place. */
export function CreateWebhookDialog({ fleets, onClose }: Closing & { fleets: readonly FleetOption[] }) {
  const create = useCreateWebhook()
  if (create.data)
    return (
      <SecretDialog
        title={`Webhook “${create.data.name}” is added`}
        secret={create.data.secret}
        url={create.data.url}
        onClose={onClose}
      />
    )
  return (
    <WebhookForm
      title="New webhook"
      submitLabel="Add the webhook"
      fleets={fleets}
      isPending={create.isPending}
      error={create.error}
      onSubmit={({ isEnabled: _isEnabled, ...body }, onError) => create.mutate(body, { onError })}
      onClose={onClose}
    />
  )
}

export function EditWebhookDialog({
  webhook,
  fleets,
  onClose,
}: OfWebhook & { fleets: readonly FleetOption[] }) {
  const update = useUpdateWebhook(webhook.id)
  return (
    <WebhookForm
      title={`Change “${webhook.name}”`}
      submitLabel="Save"
      webhook={webhook}
      fleets={fleets}
      isPending={update.isPending}
      error={update.error}
      onSubmit={(values, onError) =>
        update.mutate(values, {
          onError,
          onSuccess: ({ name }) => {
            toast('ok', `The webhook “${name}” is changed`)
            onClose()
          },
        })
      }
      onClose={onClose}
    />
  )
}

export function RotateSecretDialog({ webhook, onClose }: OfWebhook) {
  const rotate = useRotateSecret(webhook.id)
  if (rotate.data)
    return (
      <SecretDialog
        title={`New key of “${webhook.name}”`}
        secret={rotate.data.secret}
        url={webhook.url}
        onClose={onClose}
      />
    )
  return (
    <ConfirmDialog
      title={`Make a new key for “${webhook.name}”?`}
      confirmLabel="Make a new key"
      isDangerous
      isPending={rotate.isPending}
      error={rotate.error}
      onClose={onClose}
      onConfirm={() => rotate.mutate(undefined)}
    >
      <p>
        From the next attempt on everything is signed with the new key, also what waits. A receiver that still
        checks with the old one will refuse it; what is refused is sent again for about six hours.
      </p>
    </ConfirmDialog>
  )
}

export function DeleteWebhookDialog({ webhook, onClose, onDeleted }: OfWebhook & { onDeleted?: () => void }) {
  const remove = useDeleteWebhook(webhook.id)
  const logged = webhook.delivered + webhook.waiting + webhook.failed
  return (
    <ConfirmDialog
      title={`Remove “${webhook.name}”?`}
      confirmLabel="Remove"
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            toast('ok', `The webhook “${webhook.name}” is removed`)
            onClose()
            onDeleted?.()
          },
        })
      }
    >
      <p>
        It is no longer told about rollouts of <bdi>{webhook.fleetName ?? 'any fleet'}</bdi>.{' '}
        {webhook.waiting > 0 &&
          `${formatNoun(webhook.waiting, 'delivery', 'deliveries')} ${webhook.waiting === 1 ? 'still waits and is' : 'still wait and are'} never sent. `}
        {logged > 0
          ? `Its log of ${formatNoun(logged, 'delivery', 'deliveries')} goes with it.`
          : 'It was never called.'}{' '}
        This cannot be taken back.
      </p>
    </ConfirmDialog>
  )
}
