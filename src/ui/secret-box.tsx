import { useId, type ReactNode } from 'react'
import { CopyButton } from './copy-button'

/** A secret that is shown this once, to be copied; `children` says so and what it opens. */
export function SecretBox({
  label,
  secret,
  children,
}: {
  label: string
  secret: string
  children: ReactNode
}) {
  const id = useId()
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="text-ink-soft block text-[13px] font-medium">
        {label}
      </label>
      <div className="border-line bg-panel flex items-start gap-1 rounded-md border p-1 pl-3">
        <output id={id} className="min-w-0 flex-1 py-1 font-mono text-[12.5px] break-all select-all">
          {secret}
        </output>
        <CopyButton text={secret} label={`Copy: ${label.toLowerCase()}`} />
      </div>
      <p className="text-ink-muted text-[13px]">{children}</p>
    </div>
  )
}
