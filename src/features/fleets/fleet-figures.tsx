import { Link } from 'react-router'
import type { FleetSummary } from '#contract/fleet'
import { connectivityWords } from '@/domain/device-words'
import { cn } from '@/lib/cn'
import { formatCount, formatShare } from '@/lib/format'
import { toneText } from '@/ui/status'

type Figure = { key: string; label: string; value: number; search: string; tone: string; note: string }

function figuresOf({ devices }: FleetSummary): Figure[] {
  const share = (count: number) => formatShare(count, devices.total)
  return [
    {
      key: 'total',
      label: 'Devices',
      value: devices.total,
      search: '',
      tone: '',
      note: 'in this fleet',
    },
    {
      key: 'online',
      label: connectivityWords.online.label,
      value: devices.online,
      search: '?connectivity=online',
      tone: toneText.ok,
      note: `${share(devices.online)} of the fleet`,
    },
    {
      key: 'late',
      label: connectivityWords.late.label,
      value: devices.late,
      search: '?connectivity=late',
      tone: toneText.attention,
      note: 'missed a poll',
    },
    {
      key: 'offline',
      label: connectivityWords.offline.label,
      value: devices.offline,
      search: '?connectivity=offline',
      tone: toneText.unknown,
      note: 'shown as last known',
    },
    {
      key: 'never',
      label: connectivityWords.never.label,
      value: devices.never,
      search: '?connectivity=never',
      tone: toneText.unknown,
      note: 'registered only',
    },
    {
      key: 'updating',
      label: 'Updating',
      value: devices.updating,
      search: '?update=downloading,downloaded,applying',
      tone: toneText.updating,
      note: 'as last reported',
    },
  ]
}

/** The counts of a fleet, each leading to the devices it counts. */
export function FleetFigures({ fleet }: { fleet: FleetSummary }) {
  return (
    <ul
      aria-label="Devices of the fleet"
      className="border-line bg-line shadow-panel grid grid-cols-2 gap-px overflow-hidden rounded-lg border sm:grid-cols-3 xl:grid-cols-6"
    >
      {figuresOf(fleet).map((figure) => (
        <li key={figure.key} className="bg-panel">
          <Link
            to={`/fleets/${fleet.id}/devices${figure.search}`}
            className="hover:bg-sunken block px-4 py-2.5"
          >
            <span className="text-ink-soft block text-[13px] font-medium">{figure.label}</span>
            <span
              className={cn(
                'block text-2xl leading-tight font-semibold tabular-nums',
                figure.value === 0 ? 'text-ink-muted' : figure.tone,
              )}
            >
              {formatCount(figure.value)}
            </span>
            <span className="text-ink-muted block truncate text-xs">{figure.note}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
