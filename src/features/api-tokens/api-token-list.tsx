import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import type { ApiToken } from '#contract/session'
import { accessText } from '@/domain/access-words'
import { useNow } from '@/lib/time'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { EmptyState } from '@/ui/states'
import { Badge } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { toast } from '@/ui/toast.store'
import { useRevokeApiToken } from './api-tokens.mutations'
import { apiTokenQueries } from './api-tokens.queries'
import { CreateTokenDialog, TokenExample } from './create-token-dialog'

const MINUTE_MS = 60_000

/** Tokens for scripts and CI, for administrators. */
export function ApiTokenList() {
  const query = useQuery(apiTokenQueries.list())
  const [isMaking, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<ApiToken | null>(null)
  const make = (
    <Button variant="primary" icon={<Plus className="size-4" aria-hidden />} onClick={() => setMaking(true)}>
      New token
    </Button>
  )
  return (
    <>
      <Panel
        title="API tokens"
        hint="For scripts and CI. A token may do what its roles may, whoever uses it."
        isFlush
        actions={make}
      >
        <QueryView query={query} what="API tokens">
          {({ tokens }) =>
            tokens.length === 0 ? (
              <EmptyState icon={KeyRound} title="No API tokens">
                Make one to create releases from CI or to read fleets from a script.
              </EmptyState>
            ) : (
              <Table label="List of API tokens">
                <thead>
                  <tr>
                    <HeaderCell>Name</HeaderCell>
                    <HeaderCell>Role</HeaderCell>
                    <HeaderCell className="max-sm:hidden">Made by</HeaderCell>
                    <HeaderCell className="max-sm:hidden">Last used</HeaderCell>
                    <HeaderCell>Expires</HeaderCell>
                    <HeaderCell>
                      <span className="sr-only">Actions</span>
                    </HeaderCell>
                  </tr>
                </thead>
                <tbody>
                  {tokens.map((token) => (
                    <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
                  ))}
                </tbody>
              </Table>
            )
          }
        </QueryView>
      </Panel>
      <Panel title="How a token is used">
        <TokenExample />
      </Panel>
      {isMaking && <CreateTokenDialog onClose={() => setMaking(false)} />}
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </>
  )
}

function TokenRow({ token, onRevoke }: { token: ApiToken; onRevoke: () => void }) {
  const nowMs = useNow(MINUTE_MS)
  const isExpired = token.expiresAt !== null && Date.parse(token.expiresAt) <= nowMs
  return (
    <tr>
      <Cell className="font-medium">
        <bdi>{token.name}</bdi>
      </Cell>
      <Cell>{accessText(token.access)}</Cell>
      <Cell className="max-sm:hidden">
        <bdi>{token.createdBy}</bdi>, <RelativeTime at={token.createdAt} />
      </Cell>
      <Cell className="max-sm:hidden">
        <RelativeTime at={token.lastUsedAt} />
      </Cell>
      <Cell>
        {isExpired ? <Badge tone="attention">Expired</Badge> : <RelativeTime at={token.expiresAt} />}
      </Cell>
      <Cell className="text-right">
        <Button size="sm" variant="danger" onClick={onRevoke} aria-label={`Revoke ${token.name}`}>
          Revoke
        </Button>
      </Cell>
    </tr>
  )
}

function RevokeDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const revoke = useRevokeApiToken()
  return (
    <ConfirmDialog
      title={`Revoke “${token.name}”?`}
      confirmLabel="Revoke"
      isDangerous
      isPending={revoke.isPending}
      error={revoke.error}
      onClose={onClose}
      onConfirm={() =>
        revoke.mutate(token.id, {
          onSuccess: () => {
            toast('ok', `The token “${token.name}” no longer works`)
            onClose()
          },
        })
      }
    >
      <p>
        Whatever uses it is refused from this moment. This cannot be taken back; a new token would have
        another secret. Last used: <RelativeTime at={token.lastUsedAt} />.
      </p>
    </ConfirmDialog>
  )
}
