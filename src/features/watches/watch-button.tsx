import { useQuery } from '@tanstack/react-query'
import { Eye } from 'lucide-react'
import { useState } from 'react'
import { watchKinds, type DeviceWatch, type WatchKind } from '#contract/device-watch'
import { Button } from '@/ui/button'
import { PopoverPanel } from '@/ui/popover-panel'
import { ProblemNote } from '@/ui/problem-note'
import { Segments } from '@/ui/segments'
import { watchWords } from './watch-words'
import { useChangeWatch, watchesQuery, type WatchChange } from './watches.queries'

const manners: { value: WatchChange['manner']; label: string }[] = [
  { value: 'off', label: 'Off' },
  { value: 'once', label: 'Once' },
  { value: 'always', label: 'Each time' },
]

const mannerOf = (watches: readonly DeviceWatch[], kind: WatchKind): WatchChange['manner'] => {
  const watch = watches.find((one) => one.kind === kind)
  if (!watch) return 'off'
  return watch.isLasting ? 'always' : 'once'
}

/** Lets somebody be told in the inbox what the device does next. */
export function WatchButton({ uuid }: { uuid: string }) {
  const [isOpen, setOpen] = useState(false)
  const query = useQuery(watchesQuery())
  const change = useChangeWatch()
  const own = (query.data?.watches ?? []).filter((watch) => watch.uuid === uuid)
  return (
    <PopoverPanel
      label="Watch this device"
      isOpen={isOpen}
      onOpenChange={setOpen}
      align="end"
      className="w-[min(22rem,calc(100vw-2rem))] p-4"
      trigger={
        <Button icon={<Eye className="size-4" aria-hidden />}>{own.length > 0 ? 'Watching' : 'Watch'}</Button>
      }
    >
      <h2 className="font-semibold">Tell me when …</h2>
      <ul className="mt-2 space-y-3">
        {watchKinds.map((kind) => (
          <li key={kind}>
            <p className="font-medium">{watchWords[kind].label}</p>
            <p className="text-ink-muted mb-1 text-[13px]">{watchWords[kind].hint}</p>
            <Segments
              label={`Tell me when: ${watchWords[kind].label.toLowerCase()}`}
              options={manners}
              value={mannerOf(own, kind)}
              onChange={(manner) => change.mutate({ uuid, kind, manner })}
            />
          </li>
        ))}
      </ul>
      <ProblemNote error={change.error ?? query.error} />
      <p className="text-ink-muted mt-3 text-[13px]">
        In your notifications, and on the desktop if you allowed it. “Once” ends when it has told you.
      </p>
    </PopoverPanel>
  )
}
