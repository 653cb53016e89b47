import type { HealthReason, HealthThresholds } from '#contract/health'
import { judgeHealth, type HealthFacts, type Judgement } from './health.rules.ts'

/** A device as the device API keeps it, as far as health rests on it. */
type JudgedDevice = Omit<HealthFacts, 'currentCommit' | 'targetCommit'> & {
  current: { commit: string } | null
  target: { commit: string } | null
  thresholds: Partial<HealthThresholds>
  reasons: readonly HealthReason[]
}

/** Judges a device with its fleet's thresholds; reasons that go on keep their `since`. */
export const judgeDevice = (device: JudgedDevice, nowMs: number): Judgement =>
  judgeHealth(
    { ...device, currentCommit: device.current?.commit ?? null, targetCommit: device.target?.commit ?? null },
    device.thresholds,
    device.reasons,
    nowMs,
  )
