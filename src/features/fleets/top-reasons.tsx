import { Link } from 'react-router'
import type { FleetSummary } from '#contract/fleet'
import { reasonWords } from '@/domain/device-words'
import { formatCount } from '@/lib/format'
import { Badge, type Tone } from '@/ui/status'

const toneOf = (severity: string): Tone =>
  severity === 'critical' || severity === 'attention' ? severity : 'unknown'

/** The reasons most devices show, each leading to those devices. */
export function TopReasons({ fleet, limit }: { fleet: FleetSummary; limit: number }) {
  if (fleet.topReasons.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label="Top reasons">
      {fleet.topReasons.slice(0, limit).map((reason) => (
        <li key={reason.code} className="max-w-full">
          <Link
            to={`/fleets/${fleet.id}/devices?reason=${reason.code}`}
            className="block hover:brightness-95"
          >
            <Badge tone={toneOf(reason.severity)}>
              {reasonWords[reason.code]} · {formatCount(reason.count)}
            </Badge>
          </Link>
        </li>
      ))}
    </ul>
  )
}
