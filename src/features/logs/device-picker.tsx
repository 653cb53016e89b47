import { useQuery } from '@tanstack/react-query'
import { Check, ChevronDown } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { cn } from '@/lib/cn'
import { buttonClass } from '@/ui/button'
import { TextInput } from '@/ui/field'
import { PopoverPanel } from '@/ui/popover-panel'
import { logQueries } from './logs.queries'

type DevicePickerProps = {
  selected: readonly string[]
  /** Names of devices seen in the lines, for those not among the offered ones. */
  names: ReadonlyMap<string, string>
  fleetId: number | null
  onChange: (selected: string[]) => void
}

/** Chooses whose lines are shown, by searching for names. */
export function DevicePicker({ selected, names, fleetId, onChange }: DevicePickerProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <PopoverPanel
      label="Filter by device"
      align="start"
      className="flex max-h-96 w-72 flex-col"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button
          type="button"
          className={cn(buttonClass('secondary'), selected.length > 0 && 'border-accent')}
        >
          Devices
          {selected.length > 0 && (
            <span className="bg-accent-soft text-accent-ink rounded-full px-1.5 text-xs">
              {selected.length}
            </span>
          )}
          <ChevronDown className="text-ink-muted size-4" aria-hidden />
        </button>
      }
    >
      <Choices selected={selected} names={names} fleetId={fleetId} onChange={onChange} />
    </PopoverPanel>
  )
}

function Choices({ selected, names, fleetId, onChange }: DevicePickerProps) {
  const [typed, setTyped] = useState('')
  const q = useDeferredValue(typed.trim())
  const found = useQuery(logQueries.devices(q, fleetId))
  const offered = found.data?.rows ?? []
  const nameOf = new Map([...names, ...offered.map((row): [string, string] => [row.uuid, row.name])])
  const others = offered.map((row) => row.uuid).filter((uuid) => !selected.includes(uuid))
  const toggle = (uuid: string) =>
    onChange(selected.includes(uuid) ? selected.filter((one) => one !== uuid) : [...selected, uuid])
  const total = found.data?.total ?? 0
  return (
    <>
      <div className="border-line border-b p-1.5">
        <TextInput
          type="search"
          aria-label="Search devices"
          placeholder="Name, uuid or tag"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <ul className="min-h-0 flex-1 overflow-y-auto p-1">
        {[...selected, ...others].map((uuid) => {
          const isOn = selected.includes(uuid)
          return (
            <li key={uuid}>
              <button
                type="button"
                role="checkbox"
                aria-checked={isOn}
                onClick={() => toggle(uuid)}
                className="hover:bg-sunken flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left"
              >
                <span
                  className={cn(
                    'flex size-4 shrink-0 items-center justify-center rounded border',
                    isOn ? 'border-accent bg-accent text-on-accent' : 'border-line-strong',
                  )}
                >
                  {isOn && <Check className="size-3" strokeWidth={3} aria-hidden />}
                </span>
                <bdi className="min-w-0 flex-1 truncate">{nameOf.get(uuid) ?? uuid.slice(0, 12)}</bdi>
              </button>
            </li>
          )
        })}
      </ul>
      <p className="border-line text-ink-muted border-t px-3 py-2 text-[13px]" role="status">
        {found.isError
          ? found.error.message
          : found.isPending
            ? 'Searching…'
            : total === 0
              ? 'No device is called that.'
              : total > offered.length
                ? `${offered.length} of ${total} devices; type to narrow them.`
                : `${total} ${total === 1 ? 'device' : 'devices'}`}
        {selected.length > 0 && (
          <button type="button" onClick={() => onChange([])} className="text-accent-ink ml-2 underline">
            Clear
          </button>
        )}
      </p>
    </>
  )
}
