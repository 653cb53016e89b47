import { ChevronDown, Pin, PinOff, Trash2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import type { DeviceDetail } from '#contract/device'
import { ConnectivityStatus, HealthBadge } from '@/domain/device-status'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { formatInstant } from '@/lib/time'
import { Button } from '@/ui/button'
import { Menu } from '@/ui/menu'
import type { MenuItem } from '@/ui/menu-item'
import { PageHeader } from '@/ui/page-header'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'
import { DeleteDeviceDialog } from './delete-device-dialog'
import { PinDialog, UnpinDialog } from './pin-dialog'
import { RenameButton, RenameForm } from './rename-device'

type DeviceHeaderProps = {
  device: DeviceDetail
  /** What can be asked of the device itself. */
  actionItems: MenuItem[]
  /** Stands before the menu. */
  children?: ReactNode
}

function useHeaderItems(
  device: DeviceDetail,
  open: (dialog: 'pin' | 'unpin' | 'delete') => void,
): MenuItem[] {
  const mayPin = useMay('release-manager')
  const mayDelete = useMay('admin')
  const cannotPin = useMissing('target-releases')
  const cannotDelete = useMissing('edit-devices')
  const offered = (role: string, isAllowed: boolean, whyNot: string | null) => {
    const hint = isAllowed ? whyNot : `Needs the role ${role}`
    return { isDisabled: hint !== null, ...(hint === null ? {} : { hint }) }
  }
  return [
    {
      label: device.isPinned ? 'Pin to another release…' : 'Pin to a release…',
      icon: <Pin aria-hidden />,
      onSelect: () => open('pin'),
      ...offered('release-manager', mayPin, cannotPin),
    },
    ...(device.isPinned
      ? [
          {
            label: 'Unpin…',
            icon: <PinOff aria-hidden />,
            onSelect: () => open('unpin'),
            ...offered('release-manager', mayPin, cannotPin),
          },
        ]
      : []),
    'separator',
    {
      label: 'Delete device…',
      icon: <Trash2 aria-hidden />,
      onSelect: () => open('delete'),
      isDangerous: true,
      ...offered('admin', mayDelete, cannotDelete),
    },
  ]
}

/** Everything below is old when the device cannot be heard: said before anything else. */
export function LastKnownNote({ device }: { device: DeviceDetail }) {
  if (device.connectivity === 'online' || device.connectivity === 'late') return null
  return (
    <p className="bg-unknown-soft mb-4 rounded-md px-3 py-2" role="status">
      <Status tone="unknown" className="items-start">
        <span className="whitespace-normal">
          {device.lastSeenAt === null ? (
            'This device registered, but was never heard. Check its network and power.'
          ) : (
            <>
              Not heard since {formatInstant(device.lastSeenAt)} (<RelativeTime at={device.lastSeenAt} />
              ). Everything below is as of then.
            </>
          )}
        </span>
      </Status>
    </p>
  )
}

/** Name, health, connectivity, fleet and pin of a device, and what can be done with it. */
export function DeviceHeader({ device, actionItems, children }: DeviceHeaderProps) {
  const mayRename = useMay('support')
  const canRename = useMissing('edit-devices') === null
  const [isRenaming, setRenaming] = useState(false)
  const [dialog, setDialog] = useState<'pin' | 'unpin' | 'delete' | null>(null)
  const ownItems = useHeaderItems(device, setDialog)
  const close = () => setDialog(null)
  return (
    <>
      <PageHeader
        title={device.name}
        trail={[
          { label: 'Fleets', to: '/fleets' },
          { label: device.fleetName, to: `/fleets/${device.fleetId}` },
        ]}
        {...(isRenaming ? { heading: <RenameForm device={device} onDone={() => setRenaming(false)} /> } : {})}
        aside={
          !isRenaming && (
            <>
              {mayRename && canRename && <RenameButton onStart={() => setRenaming(true)} />}
              <HealthBadge health={device.health} />
            </>
          )
        }
        actions={
          <>
            {children}
            <Menu
              label="Actions on the device"
              items={[...actionItems, 'separator', ...ownItems]}
              trigger={
                <Button>
                  Actions
                  <ChevronDown className="size-4" aria-hidden />
                </Button>
              }
            />
          </>
        }
      >
        <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <ConnectivityStatus connectivity={device.connectivity} changedAt={device.connectivityChangedAt} />
          {device.connectivity === 'online' && device.connectivityChangedAt !== null && (
            <span className="-ml-2.5">
              since <RelativeTime at={device.connectivityChangedAt} />
            </span>
          )}
          <span>{device.deviceType}</span>
          {device.pinnedRelease && (
            <span className="flex items-center gap-1">
              <Pin className="size-3.5" aria-hidden />
              pinned to{' '}
              <Link to={`/releases/${device.pinnedRelease.id}`} className="text-ink hover:underline">
                {device.pinnedRelease.semver}
              </Link>
            </span>
          )}
        </span>
      </PageHeader>
      {dialog === 'pin' && <PinDialog device={device} onClose={close} />}
      {dialog === 'unpin' && <UnpinDialog device={device} onClose={close} />}
      {dialog === 'delete' && <DeleteDeviceDialog device={device} onClose={close} />}
    </>
  )
}
