import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { toast } from './toast.store'
import { IconButton } from './icon-button'

const SHOWN_MS = 1500

/** Copies a text, e.g. a uuid. Where the browser forbids it, says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () =>
        toast('critical', 'The browser does not allow copying here; select the text and copy it by hand.'),
    )
  }
  return (
    <IconButton
      label={isCopied ? 'Copied' : label}
      icon={isCopied ? <Check /> : <Copy />}
      onClick={copy}
      className="size-7 [&_svg]:size-4"
    />
  )
}
