import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import type { FleetSummary, ProvisioningKey } from '#contract/fleet'
import { SourceNote } from '@/domain/source-note'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Field, TextInput } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { useRevokeProvisioningKey } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'
import { CreateKeyDialog } from './create-key-dialog'
import { ProvisioningKeyTable } from './provisioning-key-table'

type KeyDialogProps = { fleetId: number; apiKey: ProvisioningKey; onClose: () => void }

function RevokeKey({ fleetId, apiKey, onClose }: KeyDialogProps) {
  const [reason, setReason] = useState('')
  const revoke = useRevokeProvisioningKey(fleetId)
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.name}?`}
      confirmLabel="Revoke key"
      isDangerous
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() =>
        revoke.mutate(
          { keyId: apiKey.id, reason: reason.trim() },
          {
            onSuccess: () => {
              toast('ok', `${apiKey.name} is revoked.`)
              onClose()
            },
          },
        )
      }
      onClose={onClose}
    >
      <p>
        Devices that were set up with this key and have not joined yet can no longer join. Those that joined
        have a key of their own and stay.
      </p>
      <Field label="Why (optional)" hint="Kept in the audit log.">
        {(field) => (
          <TextInput
            {...field}
            value={reason}
            maxLength={500}
            autoComplete="off"
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
    </ConfirmDialog>
  )
}

function Keys({ fleet }: { fleet: FleetSummary }) {
  const query = useQuery(fleetQueries.provisioningKeys(fleet.id))
  const [asked, setAsked] = useState<{ verb: 'revoke' | 'rotate'; apiKey: ProvisioningKey } | null>(null)
  const close = () => setAsked(null)
  return (
    <>
      <QueryView query={query} what="provisioning keys">
        {({ keys }) =>
          keys.length === 0 ? (
            <EmptyState icon={KeyRound} title="No provisioning keys" className="py-8">
              New devices need one to join this fleet.
            </EmptyState>
          ) : (
            <ProvisioningKeyTable keys={keys} onAsk={(verb, apiKey) => setAsked({ verb, apiKey })} />
          )
        }
      </QueryView>
      {asked?.verb === 'revoke' && <RevokeKey fleetId={fleet.id} apiKey={asked.apiKey} onClose={close} />}
      {asked?.verb === 'rotate' && <CreateKeyDialog fleet={fleet} replaces={asked.apiKey} onClose={close} />}
    </>
  )
}

/** The keys with which new devices join the fleet. */
export function ProvisioningPanel({ fleet }: { fleet: FleetSummary }) {
  const isAdmin = useMay('admin')
  const canRegister = useMissing('register-devices') === null
  const [isCreating, setCreating] = useState(false)
  if (!canRegister)
    return (
      <Panel title="Provisioning keys">
        <SourceNote needs="register-devices" />
      </Panel>
    )
  return (
    <Panel
      title="Provisioning keys"
      hint="A new device joins the fleet with one; then it has a key of its own."
      isFlush={isAdmin}
      actions={
        isAdmin && (
          <Button size="sm" icon={<Plus className="size-4" aria-hidden />} onClick={() => setCreating(true)}>
            New key
          </Button>
        )
      }
    >
      {isAdmin ? (
        <Keys fleet={fleet} />
      ) : (
        <p className="text-ink-muted">An administrator makes, rotates and revokes these keys.</p>
      )}
      {isCreating && <CreateKeyDialog fleet={fleet} onClose={() => setCreating(false)} />}
    </Panel>
  )
}
