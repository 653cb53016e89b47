import { Ellipsis, KeyRound, Pencil, Power, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Webhook } from '#contract/webhook'
import { IconButton } from '@/ui/icon-button'
import { Menu } from '@/ui/menu'
import { toast, toastFailure } from '@/ui/toast.store'
import { DeleteWebhookDialog, EditWebhookDialog, RotateSecretDialog } from './webhook-dialogs'
import type { FleetOption } from './webhook-form'
import { useUpdateWebhook } from './webhooks.mutations'

type WebhookMenuProps = { webhook: Webhook; fleets: readonly FleetOption[]; onDeleted?: () => void }

/** What can be done to a webhook beside testing it. */
export function WebhookMenu({ webhook, fleets, onDeleted }: WebhookMenuProps) {
  const [task, setTask] = useState<'edit' | 'rotate' | 'delete' | null>(null)
  const update = useUpdateWebhook(webhook.id)
  const close = () => setTask(null)
  const toggle = () =>
    update.mutate(
      { isEnabled: !webhook.isEnabled },
      {
        onSuccess: ({ isEnabled }) =>
          toast('ok', `The webhook “${webhook.name}” is switched ${isEnabled ? 'on' : 'off'}`),
        onError: (error) => toastFailure(`“${webhook.name}”: `, error),
      },
    )
  return (
    <>
      <Menu
        label={`What to do with ${webhook.name}`}
        trigger={<IconButton label={`Actions for ${webhook.name}`} icon={<Ellipsis />} />}
        items={[
          { label: 'Change', icon: <Pencil />, onSelect: () => setTask('edit') },
          {
            label: webhook.isEnabled ? 'Switch off' : 'Switch on',
            icon: <Power />,
            isDisabled: update.isPending,
            hint: webhook.isEnabled ? 'What waits stays in line' : 'What waits is sent then',
            onSelect: toggle,
          },
          { label: 'Make a new key', icon: <KeyRound />, onSelect: () => setTask('rotate') },
          'separator',
          { label: 'Remove', icon: <Trash2 />, isDangerous: true, onSelect: () => setTask('delete') },
        ]}
      />
      {task === 'edit' && <EditWebhookDialog webhook={webhook} fleets={fleets} onClose={close} />}
      {task === 'rotate' && <RotateSecretDialog webhook={webhook} onClose={close} />}
      {task === 'delete' && (
        <DeleteWebhookDialog
          webhook={webhook}
          onClose={close}
          {...(onDeleted === undefined ? {} : { onDeleted })}
        />
      )}
    </>
  )
}
