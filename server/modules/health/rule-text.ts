import type { HealthCode, HealthLimit, HealthThresholds, Layer } from '#contract/health'

/** A rule in words for the person who meets it. */
export type RuleText = {
  code: HealthCode
  layer: Layer
  title: string
  /** The limits it rests on. */
  limits: readonly HealthLimit[]
  /** From when on the reason is shown. */
  rule: (limits: HealthThresholds) => string
  /** What of the device it is read from. */
  source: string
  /** What it means. */
  meaning: string
  /** What usually helps, what is quickest or safest first. */
  help: readonly string[]
}
