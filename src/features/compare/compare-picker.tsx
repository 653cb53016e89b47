import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { deviceSearchQuery } from '@/domain/device-search.queries'
import { FoundDeviceLines } from '@/domain/found-device'
import { useSettled } from '@/lib/use-settled'
import { Button } from '@/ui/button'
import { PopoverPanel } from '@/ui/popover-panel'
import { ProblemNote } from '@/ui/problem-note'
import { SearchInput } from '@/ui/search-input'

type ComparePickerProps = { label: string; ownUuid: string; onPick: (uuid: string) => void }

const TYPING_PAUSE_MS = 150
const SHOWN = 8
const MIN_LENGTH = 2

/** Chooses another device by the search that the palette has. */
export function ComparePicker({ label, ownUuid, onPick }: ComparePickerProps) {
  const [isOpen, setOpen] = useState(false)
  const [text, setText] = useState('')
  const q = useSettled(text.trim(), TYPING_PAUSE_MS)
  const isSearching = q.length >= MIN_LENGTH
  const query = useQuery({ ...deviceSearchQuery(q, SHOWN), enabled: isSearching })
  const found = isSearching ? (query.data?.devices ?? []).filter(({ uuid }) => uuid !== ownUuid) : []
  return (
    <PopoverPanel
      label="Choose a device"
      isOpen={isOpen}
      onOpenChange={setOpen}
      align="start"
      className="w-[min(26rem,calc(100vw-2rem))] p-3"
      trigger={<Button>{label}</Button>}
    >
      <SearchInput label="Name, tag, IP, MAC or serial" value={text} onChange={setText} />
      <ProblemNote error={query.error} />
      <p role="status" className="text-ink-muted mt-2 text-[13px]">
        {!isSearching
          ? 'Type two characters or more.'
          : query.isFetching
            ? 'Searching…'
            : found.length === 0
              ? `No other device is found for “${q}”.`
              : ''}
      </p>
      <ul aria-label="Devices found">
        {found.map((device) => (
          <li key={device.uuid}>
            <button
              type="button"
              className="hover:bg-sunken focus-visible:bg-sunken flex w-full rounded-md px-2 py-1.5"
              onClick={() => {
                setOpen(false)
                onPick(device.uuid)
              }}
            >
              <FoundDeviceLines device={device} />
            </button>
          </li>
        ))}
      </ul>
    </PopoverPanel>
  )
}
