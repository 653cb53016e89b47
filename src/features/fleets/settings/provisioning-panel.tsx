import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import type { FleetSummary, ProvisioningKey } from '#contract/fleet'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { EmptyState } from '@/ui/states'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { toast } from '@/ui/toast.store'
import { useRevokeProvisioningKey } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'
import { CreateKeyDialog } from './create-key-dialog'

function RevokeKey({
  fleetId,
  apiKey,
  onClose,
}: {
  fleetId: number
  apiKey: ProvisioningKey
  onClose: () => void
}) {
  const revoke = useRevokeProvisioningKey(fleetId)
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.name}?`}
      confirmLabel="Revoke key"
      isDangerous
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() =>
        revoke.mutate(apiKey.id, {
          onSuccess: () => {
            toast('ok', `${apiKey.name} is revoked.`)
            onClose()
          },
        })
      }
      onClose={onClose}
    >
      <p>
        Devices that were set up with this key and have not joined yet can no longer join. Those that joined
        have a key of their own and stay.
      </p>
    </ConfirmDialog>
  )
}

function Keys({ fleet }: { fleet: FleetSummary }) {
  const query = useQuery(fleetQueries.provisioningKeys(fleet.id))
  const [revoking, setRevoking] = useState<ProvisioningKey | null>(null)
  return (
    <QueryView query={query} what="provisioning keys">
      {({ keys }) =>
        keys.length === 0 ? (
          <EmptyState icon={KeyRound} title="No provisioning keys" className="py-8">
            New devices need one to join this fleet.
          </EmptyState>
        ) : (
          <>
            <Table label="Provisioning keys">
              <thead>
                <tr>
                  <HeaderCell>Name</HeaderCell>
                  <HeaderCell>Last used</HeaderCell>
                  <HeaderCell className="hidden sm:table-cell">Expires</HeaderCell>
                  <HeaderCell className="w-0 text-right">Actions</HeaderCell>
                </tr>
              </thead>
              <tbody>
                {keys.map((key) => (
                  <tr key={key.id} className="last:[&>td]:border-b-0">
                    <Cell className="min-w-40">
                      <span className="font-medium break-words">{key.name}</span>
                      <span className="text-ink-muted block text-[13px]">
                        made <RelativeTime at={key.createdAt} /> by {key.createdBy}
                      </span>
                    </Cell>
                    <Cell>
                      <RelativeTime at={key.lastUsedAt} fallback="not yet" />
                    </Cell>
                    <Cell className="hidden sm:table-cell">
                      <RelativeTime at={key.expiresAt} />
                    </Cell>
                    <Cell className="text-right">
                      <Button size="sm" variant="danger" onClick={() => setRevoking(key)}>
                        Revoke
                      </Button>
                    </Cell>
                  </tr>
                ))}
              </tbody>
            </Table>
            {revoking && <RevokeKey fleetId={fleet.id} apiKey={revoking} onClose={() => setRevoking(null)} />}
          </>
        )
      }
    </QueryView>
  )
}

/** The keys with which new devices join the fleet. */
export function ProvisioningPanel({ fleet }: { fleet: FleetSummary }) {
  const isAdmin = useMay('admin')
  const [isCreating, setCreating] = useState(false)
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
        <p className="text-ink-muted">An administrator makes and revokes these keys.</p>
      )}
      {isCreating && <CreateKeyDialog fleet={fleet} onClose={() => setCreating(false)} />}
    </Panel>
  )
}
