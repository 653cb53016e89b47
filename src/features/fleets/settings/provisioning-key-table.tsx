import type { ProvisioningKey } from '#contract/fleet'
import { formatCount } from '@/lib/format'
import { useNow } from '@/lib/time'
import { Button } from '@/ui/button'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'

const MINUTE_MS = 60_000

type Ask = (verb: 'revoke' | 'rotate', key: ProvisioningKey) => void

/** When a key ends, and why where another one took its place. */
function Ending({
  apiKey: { expiresAt, replacedAt },
  hasEnded,
}: {
  apiKey: ProvisioningKey
  hasEnded: boolean
}) {
  if (hasEnded)
    return (
      <Status tone="unknown">
        Expired <RelativeTime at={expiresAt} />
      </Status>
    )
  if (replacedAt !== null)
    return (
      <Status tone="attention">
        Replaced, ends <RelativeTime at={expiresAt} />
      </Status>
    )
  return <RelativeTime at={expiresAt} />
}

function KeyRow({ apiKey, onAsk }: { apiKey: ProvisioningKey; onAsk: Ask }) {
  const nowMs = useNow(MINUTE_MS)
  const hasEnded = apiKey.expiresAt !== null && new Date(apiKey.expiresAt).getTime() <= nowMs
  return (
    <tr className="last:[&>td]:border-b-0">
      <Cell className="min-w-40">
        <span className="font-medium break-words">{apiKey.name}</span>
        <span className="text-ink-muted block text-[13px]">
          made <RelativeTime at={apiKey.createdAt} /> by {apiKey.createdBy}
        </span>
      </Cell>
      <Cell className="text-right tabular-nums">{formatCount(apiKey.registered)}</Cell>
      <Cell>
        <RelativeTime at={apiKey.lastUsedAt} fallback="not yet" />
      </Cell>
      <Cell>
        <Ending apiKey={apiKey} hasEnded={hasEnded} />
      </Cell>
      <Cell>
        <span className="flex justify-end gap-2">
          {apiKey.replacedAt === null && (
            <Button size="sm" aria-label={`Rotate ${apiKey.name}`} onClick={() => onAsk('rotate', apiKey)}>
              Rotate
            </Button>
          )}
          <Button
            size="sm"
            variant="danger"
            aria-label={`Revoke ${apiKey.name}`}
            onClick={() => onAsk('revoke', apiKey)}
          >
            Revoke
          </Button>
        </span>
      </Cell>
    </tr>
  )
}

/** Keys of a fleet, with who made them and what became of them. */
export function ProvisioningKeyTable({ keys, onAsk }: { keys: readonly ProvisioningKey[]; onAsk: Ask }) {
  return (
    <Table label="Provisioning keys">
      <thead>
        <tr>
          <HeaderCell>Name</HeaderCell>
          <HeaderCell className="text-right">Devices</HeaderCell>
          <HeaderCell>Last used</HeaderCell>
          <HeaderCell>Expires</HeaderCell>
          <HeaderCell className="w-0 text-right">Actions</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} onAsk={onAsk} />
        ))}
      </tbody>
    </Table>
  )
}
