import { expect, test } from 'vitest'
import type { HealthSpread } from '#contract/health'
import { shareText, spreadVerdict } from './spread-words'

const of = (count: number, all: number) => ({ count, of: all })
const spread = (own: Partial<HealthSpread>): HealthSpread => ({
  fleet: of(1, 120),
  release: { id: 1, semver: '1.4.2', same: of(1, 40), others: of(0, 80) },
  deviceType: { slug: 'raspberrypi5', same: of(1, 60), others: of(0, 60) },
  ...own,
})

test.each<[string, Partial<HealthSpread>, RegExp]>([
  ['one of many', {}, /look at this device/],
  ['alone', { fleet: of(1, 1) }, /only device/],
  [
    'the release',
    { fleet: of(3, 120), release: { id: 1, semver: '1.4.2', same: of(3, 40), others: of(0, 80) } },
    /release 1\.4\.2/,
  ],
  [
    'two are no pattern',
    { fleet: of(2, 120), release: { id: 1, semver: '1.4.2', same: of(2, 40), others: of(0, 80) } },
    /Some others/,
  ],
  [
    'everybody runs the release: it says nothing',
    { fleet: of(9, 120), release: { id: 1, semver: '1.4.2', same: of(9, 120), others: of(0, 0) } },
    /Some others/,
  ],
  [
    'the type',
    {
      fleet: of(9, 120),
      release: null,
      deviceType: { slug: 'raspberrypi5', same: of(9, 60), others: of(0, 60) },
    },
    /type raspberrypi5/,
  ],
  [
    'all of them',
    { fleet: of(90, 120), release: null, deviceType: { slug: 'x', same: of(90, 120), others: of(0, 0) } },
    /Most of the fleet/,
  ],
])('%s', (_name, own, expected) => {
  expect(spreadVerdict(spread(own), true)).toMatch(expected)
})

test('the only device on its release does not clear the release, where a release can be the cause', () => {
  const alone = spread({ release: { id: 1, semver: '1.5.0', same: of(1, 1), others: of(0, 119) } })
  expect(spreadVerdict(alone, true)).toMatch(/only one on release 1\.5\.0: it may be the release/)
  expect(spreadVerdict(alone, false)).toMatch(/look at this device/)
})

test('a share is said in whole devices', () => {
  expect(shareText(of(3, 1200))).toBe('3 of 1,200 devices')
  expect(shareText(of(1, 1))).toBe('1 of 1 device')
})
