import type { ChartSpan } from './chart-marks'

/** Hatched and dotted, so that the two are told apart without colour. */
const patternOf: Record<ChartSpan['kind'], string> = {
  pause: 'rollout-pause',
  approval: 'rollout-approval',
}

export const spanFill = (kind: ChartSpan['kind']) => `url(#${patternOf[kind]})`

/** The patterns of times in which nothing was offered; once in each drawing that uses them. */
export function SpanPatterns() {
  return (
    <defs>
      <pattern
        id={patternOf.pause}
        width={7}
        height={7}
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width={2} height={7} fill="var(--ink)" opacity={0.55} />
      </pattern>
      <pattern id={patternOf.approval} width={7} height={7} patternUnits="userSpaceOnUse">
        <circle cx={3} cy={3} r={1.4} fill="var(--ink)" opacity={0.6} />
      </pattern>
    </defs>
  )
}

/** A sample of the pattern for a legend. */
export function SpanSwatch({ kind }: { kind: ChartSpan['kind'] }) {
  return (
    <svg width={18} height={12} aria-hidden className="border-line-strong shrink-0 rounded-sm border">
      <SpanPatterns />
      <rect width={18} height={12} fill={spanFill(kind)} />
    </svg>
  )
}
