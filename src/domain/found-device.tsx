import type { FoundDevice } from '#contract/search'
import { cn } from '@/lib/cn'
import { RelativeTime } from '@/ui/relative-time'
import { toneIcon, toneText } from '@/ui/status'
import { connectivityWords, healthWords } from './device-words'
import { findInWords } from './search-words'

/** A device that was found: how it is, what it is called, why it was found, its fleet and when it was last heard. */
export function FoundDeviceLines({ device }: { device: FoundDevice }) {
  const health = healthWords[device.health]
  const Icon = toneIcon[health.tone]
  const why = findInWords(device)
  const connectivity = connectivityWords[device.connectivity].label.toLowerCase()
  return (
    <span className="flex min-w-0 flex-1 items-start gap-2.5 text-left">
      <Icon
        role="img"
        aria-label={health.label}
        className={cn('mt-0.5 size-4 shrink-0', toneText[health.tone])}
      />
      <span className="min-w-0 flex-1">
        <span className="block truncate">{device.name}</span>
        {why !== '' && <span className="text-ink-soft block truncate text-[13px]">{why}</span>}
        <span className="text-ink-muted block truncate text-[13px]">
          {device.fleetName} · {connectivity}
          {device.connectivity !== 'online' && device.lastSeenAt !== null && (
            <>
              , last seen <RelativeTime at={device.lastSeenAt} />
            </>
          )}
        </span>
      </span>
    </span>
  )
}
