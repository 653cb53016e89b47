import { ChevronDown, ChevronRight } from 'lucide-react'
import { useId } from 'react'
import { Link } from 'react-router'
import { z } from 'zod'
import { PREVIEW_LIST_LIMIT, type PreviewDevice, type RolloutPreview } from '#contract/rollout'
import { formatCount, formatNoun } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { SearchInput } from '@/ui/search-input'

const groupKey = z.enum(['incompatible', 'offline', 'pinned', 'zones'])
/** The group that is unfolded, and what is searched for in it. */
const search = z.object({ leftOut: groupKey.optional(), leftOutText: z.string().max(100).default('') })

type Group = {
  key: z.output<typeof groupKey>
  label: string
  count: number
  devices: readonly PreviewDevice[]
}

/** The devices that are left out or owed, by why. */
const groupsOf = (preview: RolloutPreview): Group[] => {
  const all: Group[] = [
    {
      key: 'incompatible',
      label: 'Cannot run it',
      count: preview.incompatible.reduce((sum, one) => sum + one.count, 0),
      devices: preview.incompatibleDevices,
    },
    { key: 'offline', label: 'Offline, owed it', count: preview.offline, devices: preview.offlineDevices },
    { key: 'pinned', label: 'Pinned, left alone', count: preview.pinned, devices: preview.pinnedDevices },
    {
      key: 'zones',
      label: 'Name no known time zone',
      count: preview.unknownZones,
      devices: preview.unknownZoneDevices,
    },
  ]
  return all.filter((group) => group.count > 0)
}

/** By name, uuid or reason, without regard to case. */
const matching = (devices: readonly PreviewDevice[], text: string) => {
  const wanted = text.trim().toLowerCase()
  return devices.filter((device) =>
    [device.name, device.uuid, device.reason].some((part) => part.toLowerCase().includes(wanted)),
  )
}

/** Who is left out of a rollout or reached later, by name, each with its reason. */
export function PreviewDevices({ preview }: { preview: RolloutPreview }) {
  const groups = groupsOf(preview)
  const [{ leftOut, leftOutText }, update] = useSearchState(search)
  if (groups.length === 0) return null
  return (
    <div className="border-line border-t pt-3">
      <h3 className="text-ink-soft mb-1 text-[13px] font-medium">Devices left out, or reached later</h3>
      <ul>
        {groups.map((group) => (
          <DeviceGroup
            key={group.key}
            group={group}
            isOpen={group.key === leftOut}
            onToggle={() =>
              update(
                { leftOut: group.key === leftOut ? undefined : group.key, leftOutText: '' },
                { replace: true },
              )
            }
            text={leftOutText}
            onText={(text) => update({ leftOutText: text }, { replace: true })}
          />
        ))}
      </ul>
    </div>
  )
}

type DeviceListProps = { group: Group; text: string; onText: (text: string) => void }
type DeviceGroupProps = DeviceListProps & { isOpen: boolean; onToggle: () => void }

function DeviceGroup({ isOpen, onToggle, ...list }: DeviceGroupProps) {
  const { group } = list
  const listId = useId()
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={listId}
        onClick={onToggle}
        className="hover:bg-sunken -mx-2 flex w-[calc(100%+1rem)] items-center gap-2 rounded-md px-2 py-1 text-left"
      >
        <Chevron className="text-ink-muted size-4 shrink-0" aria-hidden />
        <span className="min-w-0 flex-1">{group.label}</span>
        <span className="font-medium tabular-nums">{formatNoun(group.count, 'device')}</span>
      </button>
      <div id={listId}>{isOpen && <DeviceList {...list} />}</div>
    </li>
  )
}

function DeviceList({ group, text, onText }: DeviceListProps) {
  const shown = matching(group.devices, text)
  return (
    <div className="pt-1 pb-2 pl-6">
      <SearchInput
        label={`Search: ${group.label}`}
        placeholder="Name, uuid or reason"
        value={text}
        onChange={onText}
      />
      <p className="text-ink-muted mt-1 text-[13px] tabular-nums" role="status">
        {shown.length === group.devices.length
          ? formatNoun(shown.length, 'device')
          : `${formatCount(shown.length)} of ${formatNoun(group.devices.length, 'device')}`}
        {group.count > group.devices.length &&
          `, the first ${formatCount(PREVIEW_LIST_LIMIT)} by name of ${formatCount(group.count)}`}
      </p>
      {shown.length > 0 && (
        // It scrolls, so the keyboard must reach it.
        <div
          role="group"
          aria-label={`${group.label}, by name`}
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          className="border-line mt-1 max-h-56 overflow-y-auto rounded-md border"
        >
          <ul className="divide-line divide-y text-[13px]">
            {shown.map((device) => (
              <li key={device.uuid} className="px-2.5 py-1.5">
                <Link
                  to={`/devices/${device.uuid}`}
                  target="_blank"
                  className="font-medium break-words hover:underline"
                >
                  {device.name}
                </Link>
                <span className="text-ink-muted block break-words">{device.reason}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
