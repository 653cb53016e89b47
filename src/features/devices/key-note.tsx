import type { DeviceDetail } from '#contract/device'
import { formatInstant, useNow } from '@/lib/time'
import { Status } from '@/ui/status'

const MINUTE_MS = 60_000

/** Until when a device whose key is revoked may come back with another one; null: it may not, or no longer. */
export function useReturnUntil({ key }: DeviceDetail): string | null {
  const nowMs = useNow(MINUTE_MS)
  return key.mayReturnUntil !== null && new Date(key.mayReturnUntil).getTime() > nowMs
    ? key.mayReturnUntil
    : null
}

/** Says before anything else that a device is locked out, and how it comes back. */
export function KeyRevokedNote({ device }: { device: DeviceDetail }) {
  const until = useReturnUntil(device)
  if (device.key.state !== 'revoked') return null
  return (
    <div className="bg-critical-soft mb-4 rounded-md px-3 py-2" role="status">
      <Status tone="critical" className="items-start">
        <span className="whitespace-normal">
          <strong>Key revoked.</strong> This device is refused here until it comes back with another key.{' '}
          {until !== null ? (
            <>
              It may until {formatInstant(until)}: on the device, put a provisioning key of {device.fleetName}{' '}
              into config.json as apiKey, take deviceApiKey out, and restart its supervisor.
            </>
          ) : (
            'For that an administrator must let it come back first, under Device key.'
          )}
        </span>
      </Status>
    </div>
  )
}
