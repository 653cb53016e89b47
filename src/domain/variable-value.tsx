import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '@/ui/copy-button'
import { IconButton } from '@/ui/icon-button'
import { looksSecret } from '#contract/secret-names'

/** A value as text; what looks like a secret stays hidden until asked for. */
export function VariableValue({ name, value }: { name: string; value: string }) {
  const isSecret = looksSecret(name)
  const [isShown, setShown] = useState(!isSecret)
  return (
    <span className="flex min-w-0 items-center gap-1">
      {value === '' ? (
        <span className="text-ink-muted">empty</span>
      ) : (
        <code className="line-clamp-2 min-w-0 font-mono text-[13px] break-all whitespace-pre-wrap">
          {isShown ? value : <span aria-label="Hidden value">••••••••</span>}
        </code>
      )}
      {isSecret && value !== '' && (
        <IconButton
          label={isShown ? `Hide ${name}` : `Show ${name}`}
          icon={isShown ? <EyeOff /> : <Eye />}
          onClick={() => setShown(!isShown)}
          className="size-7 [&_svg]:size-4"
        />
      )}
      {value !== '' && <CopyButton text={value} label={`Copy the value of ${name}`} />}
    </span>
  )
}
