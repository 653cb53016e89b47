import { Link2, Share2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'react-router'
import { useNow } from '@/lib/time'
import { Button } from '@/ui/button'
import { TextInput } from '@/ui/field'
import { PopoverPanel } from '@/ui/popover-panel'
import { toast } from '@/ui/toast.store'
import { frozenLink } from './frozen-link'

const SECOND_MS = 1000

/** Hands a colleague the view: a link whose time stands still, with what it shows and what it takes to open it. */
/** `since`: when the device was registered. */
export function ShareButton({ since }: { since: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <PopoverPanel
      label="Share this view"
      isOpen={isOpen}
      onOpenChange={setOpen}
      align="end"
      className="w-[min(24rem,calc(100vw-2rem))] p-4"
      trigger={<Button icon={<Share2 className="size-4" aria-hidden />}>Share</Button>}
    >
      <SharePanel since={since} onDone={() => setOpen(false)} />
    </PopoverPanel>
  )
}

function SharePanel({ since, onDone }: { since: string; onDone: () => void }) {
  const { pathname, search } = useLocation()
  const now = useNow(SECOND_MS)
  // Held from the moment the panel was opened: the link must not change under the hand.
  const [nowMs] = useState(now)
  const { href, sees } = frozenLink(new URL(pathname + search, location.origin).href, {
    sinceMs: Date.parse(since),
    nowMs,
  })
  const needs = pathname.endsWith('/variables') ? 'support or above' : 'viewer or above'
  const copy = () =>
    navigator.clipboard.writeText(href).then(
      () => {
        toast('ok', 'Link copied')
        onDone()
      },
      () =>
        toast('critical', 'The browser does not allow copying here; select the link and copy it by hand.'),
    )
  return (
    <div className="space-y-3">
      <h2 className="font-semibold">Share this view</h2>
      <TextInput
        aria-label="Link"
        readOnly
        value={href}
        onFocus={(event) => event.target.select()}
        className="font-mono text-[13px]"
      />
      <p>
        Your colleague sees <strong className="font-medium">{sees}</strong>.
      </p>
      <p className="text-ink-muted text-[13px]">
        It opens for every account of this Wheelhouse with the role {needs}; who is not signed in signs in
        first and comes to the same view.
      </p>
      <div className="flex justify-end">
        <Button variant="primary" icon={<Link2 className="size-4" aria-hidden />} onClick={() => void copy()}>
          Copy link
        </Button>
      </div>
    </div>
  )
}
