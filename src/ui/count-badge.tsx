import { cn } from '@/lib/cn'

const MAX_SHOWN = 99

/** A small number on a button or beside a word; what it counts is said to assistive technology by `label`. */
export function CountBadge({
  count,
  label,
  className,
}: {
  count: number
  label: string
  className?: string
}) {
  if (count === 0) return null
  return (
    <span
      className={cn(
        'bg-critical-soft text-critical border-critical/40 inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-full border px-1 text-[11px] leading-none font-semibold tabular-nums',
        className,
      )}
      title={label}
    >
      <span aria-hidden>{count > MAX_SHOWN ? `${MAX_SHOWN}+` : count}</span>
      <span className="sr-only">{label}</span>
    </span>
  )
}
