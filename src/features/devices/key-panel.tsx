import { useState } from 'react'
import type { DeviceDetail } from '#contract/device'
import { SourceNote } from '@/domain/source-note'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { Panel } from '@/ui/panel'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'
import { KeyChangeDialog, type KeyChange } from './key-dialogs'
import { useReturnUntil } from './key-note'

/** How it is with the key, in one line. */
function KeyState({ device: { key, createdAt } }: { device: DeviceDetail }) {
  switch (key.state) {
    case 'valid':
      return (
        <Status tone="ok">
          In use since <RelativeTime at={key.changedAt ?? createdAt} />
        </Status>
      )
    case 'rotating':
      return (
        <Status tone="updating" className="items-start">
          <span className="whitespace-normal">
            Being rotated: the device has made another key. Both work until it uses the new one.
          </span>
        </Status>
      )
    case 'revoked':
      return (
        <Status tone="critical" className="items-start">
          <span className="whitespace-normal">
            Revoked <RelativeTime at={key.changedAt} /> by {key.revokedBy}: {key.revokedReason}
          </span>
        </Status>
      )
  }
}

type KeyPanelProps = {
  device: DeviceDetail
  /** Asks for a rotation. */
  onRotate: () => void
  /** Why the device cannot be asked for one; null: it can. */
  refusal: string | null
}

function Verbs({ device, onRotate, refusal }: KeyPanelProps) {
  const [change, setChange] = useState<KeyChange | null>(null)
  const mayReturn = useReturnUntil(device) !== null
  const cannotAsk = useMissing('device-actions')
  const isRevoked = device.key.state === 'revoked'
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {isRevoked ? (
          <>
            <Button size="sm" onClick={() => setChange('allow-return')}>
              Let it come back…
            </Button>
            {mayReturn && (
              <Button size="sm" onClick={() => setChange('forbid-return')}>
                No longer let it come back…
              </Button>
            )}
          </>
        ) : (
          <>
            <Button size="sm" disabled={cannotAsk !== null || refusal !== null} onClick={onRotate}>
              Rotate key…
            </Button>
            <Button size="sm" variant="danger" onClick={() => setChange('revoke')}>
              Revoke key…
            </Button>
          </>
        )}
      </div>
      {!isRevoked && cannotAsk !== null && <SourceNote needs="device-actions" />}
      {!isRevoked && cannotAsk === null && refusal !== null && (
        <p className="text-ink-muted text-[13px]">
          {refusal}, as the supervisor of balenaOS does not, so it cannot be asked to rotate its key. Revoke
          the key instead and provision the device anew.
        </p>
      )}
      {change && <KeyChangeDialog device={device} change={change} onClose={() => setChange(null)} />}
    </>
  )
}

/** The key a device speaks with: how it is with it, and for administrators what can be done about it. */
export function KeyPanel(props: KeyPanelProps) {
  const isAdmin = useMay('admin')
  const hasKeys = useMissing('device-keys') === null
  if (!hasKeys)
    return (
      <Panel title="Device key">
        <SourceNote needs="device-keys" />
      </Panel>
    )
  return (
    <Panel title="Device key" hint="The device speaks with it; here only its hash is kept.">
      <div className="space-y-3">
        <KeyState device={props.device} />
        {isAdmin ? (
          <Verbs {...props} />
        ) : (
          <p className="text-ink-muted text-[13px]">An administrator rotates and revokes it.</p>
        )}
      </div>
    </Panel>
  )
}
