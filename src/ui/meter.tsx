import { cn } from '@/lib/cn'
import { toneFill, type Tone } from './status'

type MeterProps = { label: string; percent: number; tone?: Tone; className?: string }

/** How far something is, 0-100. */
export function Meter({ label, percent, tone = 'updating', className }: MeterProps) {
  const value = Math.max(0, Math.min(100, Math.round(percent)))
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cn('bg-line h-2 overflow-hidden rounded-full', className)}
    >
      <div
        className={cn('h-full rounded-full transition-[width] duration-300', toneFill[tone])}
        style={{ width: `${value}%` }}
      />
    </div>
  )
}
