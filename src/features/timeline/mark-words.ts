import {
  Activity,
  CircleArrowDown,
  Cpu,
  HeartPulse,
  Layers,
  Package,
  Power,
  SlidersHorizontal,
  Wifi,
  type LucideIcon,
} from 'lucide-react'
import type { LaneKind, TimelineMark } from '#contract/timeline'
import { formatDuration, formatInstant } from '@/lib/time'
import type { Tone } from '@/ui/status'

export const laneIcons: Record<LaneKind, LucideIcon> = {
  connectivity: Wifi,
  health: HeartPulse,
  release: Package,
  os: Cpu,
  update: CircleArrowDown,
  service: Layers,
  reboot: Power,
  change: SlidersHorizontal,
  action: Activity,
}

/** Tones of marks as the tones of the design; what only informs has the colour of an update. */
export const markTone: Record<TimelineMark['tone'], Tone> = {
  ok: 'ok',
  info: 'updating',
  neutral: 'neutral',
  unknown: 'unknown',
  attention: 'attention',
  critical: 'critical',
}

/** Lanes whose plain state says nothing: they are drawn quietly, so that what is not plain stands out. */
export const markSoft: Record<TimelineMark['tone'], string> = {
  ok: 'bg-ok-soft text-ok border-fill-ok',
  info: 'bg-updating-soft text-updating border-fill-updating',
  neutral: 'bg-sunken text-ink-soft border-line-strong',
  unknown: 'bg-unknown-soft text-unknown border-fill-unknown',
  attention: 'bg-attention-soft text-attention border-fill-attention',
  critical: 'bg-critical-soft text-critical border-fill-critical',
}

/** When a mark was, in words: its moment, or its begin and length. */
export function whenOf(mark: TimelineMark): string {
  const lengthMs = Date.parse(mark.to) - Date.parse(mark.from)
  if (lengthMs === 0) return formatInstant(mark.from)
  const from = mark.isOpenStart ? 'before ' : ''
  const end = mark.isOpenEnd ? 'still going on' : `to ${formatInstant(mark.to)}`
  const least = mark.isOpenStart ? 'at least ' : ''
  return `${from}${formatInstant(mark.from)} ${end}, ${least}${formatDuration(lengthMs)}`
}
