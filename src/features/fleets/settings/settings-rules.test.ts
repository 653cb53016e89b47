import { expect, test } from 'vitest'
import type { DeviceFacets } from '#contract/device'
import { deviceConfig } from './device-config'
import { previewPolicy, releaseOf } from './policy-preview'
import { defaultThresholds, thresholdError, thresholdForm, thresholdGroups } from './threshold-form'

const releases = [
  { id: 9, semver: '3.0.0', status: 'draft' as const },
  { id: 8, semver: '2.1.0', status: 'failed' as const },
  { id: 7, semver: '2.0.0', status: 'final' as const },
  { id: 6, semver: '1.9.0', status: 'final' as const },
]

test('tracking the latest leads to the newest final release', () => {
  expect(releaseOf({ kind: 'track-latest' }, releases)?.id).toBe(7)
  expect(releaseOf({ kind: 'pinned', releaseId: 6 }, releases)?.id).toBe(6)
  expect(releaseOf({ kind: 'track-latest' }, [])).toBeNull()
})

const facet = (counts: Record<string, number>) =>
  Object.entries(counts).map(([value, count]) => ({ value, label: value, count }))
const followers: DeviceFacets = {
  health: [],
  connectivity: facet({ online: 60, late: 5, offline: 20, never: 15 }),
  reason: [],
  deviceType: [],
  release: facet({ '7': 70, '6': 10, none: 20 }),
  os: [],
  update: [],
  tag: [],
  pinned: [],
}

test('a policy moves the followers that do not run its release', () => {
  expect(previewPolicy(followers, 7)).toEqual({ moving: 30, alreadyThere: 70, silent: 35 })
  expect(previewPolicy(followers, 9)).toEqual({ moving: 100, alreadyThere: 0, silent: 35 })
  expect(previewPolicy(followers, null)).toEqual({ moving: 80, alreadyThere: 20, silent: 35 })
})

test('the configuration of a device is what it needs to join', () => {
  expect(
    JSON.parse(
      deviceConfig({
        apiEndpoint: 'https://x.test',
        fleetId: 3,
        apiKey: 'whp_1',
        deviceType: 'raspberrypi5',
      }),
    ),
  ).toEqual({ apiEndpoint: 'https://x.test', applicationId: 3, apiKey: 'whp_1', deviceType: 'raspberrypi5' })
})

const problemsOf = (change: object) =>
  thresholdForm
    .safeParse({ ...defaultThresholds, ...change }, { error: thresholdError })
    .error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)

test('the form shows every limit once', () => {
  const shown = thresholdGroups.flatMap((group) => group.fields.map((field) => field.key))
  expect([...shown].sort()).toEqual(Object.keys(defaultThresholds).sort())
})

test('attention must come before critical', () => {
  expect(problemsOf({})).toBeUndefined()
  expect(problemsOf({ cpuTemperatureAttentionC: 95 })).toEqual([
    'cpuTemperatureCriticalC must be above the limit for attention (95)',
  ])
  expect(problemsOf({ storageCriticalPercent: 85 })).toEqual([
    'storageCriticalPercent must be above the limit for attention (85)',
  ])
})

test('what is no number, too small or too large is said in words', () => {
  expect(problemsOf({ memoryAttentionPercent: Number.NaN })).toEqual([
    'memoryAttentionPercent must be a whole number',
  ])
  expect(problemsOf({ crashLoopRestarts: 1 })).toEqual(['crashLoopRestarts must be at least 2'])
  expect(problemsOf({ updateStuckMinutes: 99_999 })).toEqual(['updateStuckMinutes must be at most 10080'])
})
