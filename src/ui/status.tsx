import {
  CircleCheck,
  CircleHelp,
  CircleX,
  Info,
  RefreshCw,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

/** How something is. Always shown with an icon and words, never by colour alone. */
export type Tone = 'ok' | 'attention' | 'critical' | 'unknown' | 'updating' | 'neutral'

export const toneIcon: Record<Tone, LucideIcon> = {
  ok: CircleCheck,
  attention: TriangleAlert,
  critical: CircleX,
  unknown: CircleHelp,
  updating: RefreshCw,
  neutral: Info,
}
export const toneText: Record<Tone, string> = {
  ok: 'text-ok',
  attention: 'text-attention',
  critical: 'text-critical',
  unknown: 'text-unknown',
  updating: 'text-updating',
  neutral: 'text-ink-muted',
}
const toneSoft: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  attention: 'bg-attention-soft text-attention',
  critical: 'bg-critical-soft text-critical',
  unknown: 'bg-unknown-soft text-unknown',
  updating: 'bg-updating-soft text-updating',
  neutral: 'bg-sunken text-ink-soft',
}
export const toneFill: Record<Tone, string> = {
  ok: 'bg-fill-ok',
  attention: 'bg-fill-attention',
  critical: 'bg-fill-critical',
  unknown: 'bg-fill-unknown',
  updating: 'bg-fill-updating',
  neutral: 'bg-line-strong',
}

type StatusProps = { tone: Tone; children: ReactNode; icon?: LucideIcon; className?: string; title?: string }

/** Icon and words in the tone's colour, without a background: for table cells. */
export function Status({ tone, children, icon, className, title }: StatusProps) {
  const Icon = icon ?? toneIcon[tone]
  return (
    <span title={title} className={cn('inline-flex items-center gap-1.5', toneText[tone], className)}>
      <Icon className="size-4 shrink-0" aria-hidden />
      <span className="truncate">{children}</span>
    </span>
  )
}

/** The same as a pill: for headings and lists of reasons. */
export function Badge({ tone, children, icon, className, title }: StatusProps) {
  const Icon = icon ?? toneIcon[tone]
  return (
    <span
      title={title}
      className={cn(
        'inline-flex max-w-full items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap',
        toneSoft[tone],
        className,
      )}
    >
      <Icon className="size-3.5 shrink-0" aria-hidden />
      <span className="truncate">{children}</span>
    </span>
  )
}
