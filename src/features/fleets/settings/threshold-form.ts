import type { z } from 'zod'
import { healthThresholds, limitPairs, type HealthThresholds } from '#contract/health'

export type ThresholdField = { key: keyof HealthThresholds; label: string; unit: string }

/** The limits by what they are about, with their units. */
export const thresholdGroups: { title: string; fields: ThresholdField[] }[] = [
  {
    title: 'CPU temperature',
    fields: [
      { key: 'cpuTemperatureAttentionC', label: 'Attention from', unit: '°C' },
      { key: 'cpuTemperatureCriticalC', label: 'Critical from', unit: '°C' },
    ],
  },
  {
    title: 'Storage used',
    fields: [
      { key: 'storageAttentionPercent', label: 'Attention from', unit: '%' },
      { key: 'storageCriticalPercent', label: 'Critical from', unit: '%' },
    ],
  },
  {
    title: 'Service crash-looping',
    fields: [
      { key: 'crashLoopRestarts', label: 'Restarts', unit: 'times' },
      { key: 'crashLoopWindowMinutes', label: 'Within', unit: 'min' },
    ],
  },
  {
    title: 'Flaky network',
    fields: [
      { key: 'networkDrops', label: 'Connection lost', unit: 'times' },
      { key: 'networkWindowMinutes', label: 'Within', unit: 'min' },
    ],
  },
  {
    title: 'Memory used',
    fields: [{ key: 'memoryAttentionPercent', label: 'Attention from', unit: '%' }],
  },
  {
    title: 'Memory leak',
    fields: [{ key: 'memoryLeakMinutes', label: 'Rising without falling for', unit: 'min' }],
  },
  {
    title: 'Update stuck',
    fields: [{ key: 'updateStuckMinutes', label: 'Without progress for', unit: 'min' }],
  },
  {
    title: 'Update lock held',
    fields: [{ key: 'updateLockMinutes', label: 'Update held back for', unit: 'min' }],
  },
  {
    title: 'Supervisor hung',
    fields: [{ key: 'supervisorSilentMinutes', label: 'No state report for', unit: 'min' }],
  },
  {
    title: 'Reboots',
    fields: [{ key: 'rebootMemoryMinutes', label: 'Shown for', unit: 'min' }],
  },
  {
    title: 'Clock wrong',
    fields: [{ key: 'clockSkewSeconds', label: 'Off by more than', unit: 's' }],
  },
]

export const defaultThresholds: HealthThresholds = healthThresholds.parse({})

/** Attention comes before critical; an equal pair would leave no room for it. */
export const thresholdForm = healthThresholds.superRefine((limits, context) => {
  for (const [attention, critical] of limitPairs)
    if (limits[critical] <= limits[attention])
      context.addIssue({
        code: 'custom',
        path: [critical],
        message: `must be above the limit for attention (${limits[attention]})`,
      })
})

/** What is wrong with a number, in words; the schema's own words are for programmers. */
export const thresholdError: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`
  if (issue.code === 'invalid_type') return 'must be a whole number'
  return undefined
}

const fields = thresholdGroups.flatMap((group) =>
  group.fields.map((field) => ({ ...field, group: group.title })),
)

/** What stands in the form while somebody types. */
export type DraftLimits = z.input<typeof healthThresholds>

/** Whether two sets of limits say the same. */
export const areSame = (a: DraftLimits, b: DraftLimits): boolean =>
  fields.every(({ key }) => a[key] === b[key])

/** What stands in the form: limits, or the first thing that is wrong with them, named by its field. */
export function readLimits(
  values: DraftLimits,
): { limits: HealthThresholds; problem?: never } | { limits: null; problem: string } {
  const read = thresholdForm.safeParse(values, { error: thresholdError })
  if (read.success) return { limits: read.data }
  const [issue] = read.error.issues
  const field = fields.find(({ key }) => key === issue?.path[0])
  return {
    limits: null,
    problem: `${field?.group ?? 'A limit'}, ${field?.label ?? ''}: ${issue?.message ?? ''}`,
  }
}

/** One line for each limit that differs: `CPU temperature, attention from: 80 °C → 70 °C`. */
export const changesOf = (before: HealthThresholds, after: HealthThresholds): string[] =>
  fields
    .filter(({ key }) => before[key] !== after[key])
    .map(
      ({ key, group, label, unit }) =>
        `${group}, ${label.toLowerCase()}: ${before[key]} ${unit} → ${after[key]} ${unit}`,
    )
