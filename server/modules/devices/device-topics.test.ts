import { expect, test } from 'vitest'
import { deviceFilter } from '#contract/device'
import { movingAspects } from './device-topics.ts'

const aspects = (filter: object, sort?: 'name' | 'trouble' | 'release') =>
  [...movingAspects({ filter: deviceFilter.parse(filter), sort })].sort()

test('in a list by name with no filter only who a device is can move it', () => {
  expect(aspects({}, 'name')).toEqual(['identity'])
})

test('health moves a device in a list by trouble, and in one narrowed by health', () => {
  expect(aspects({}, 'trouble')).toContain('health')
  expect(aspects({})).toContain('health')
  expect(aspects({ health: 'critical' }, 'name')).toContain('health')
})

test('what a filter looks at can bring a device in', () => {
  expect(aspects({ connectivity: 'offline' }, 'name')).toContain('connectivity')
  expect(aspects({ update: 'downloading' }, 'name')).toEqual(['identity', 'report', 'target'])
  expect(aspects({}, 'release')).toContain('report')
  expect(aspects({ tag: 'site' }, 'name')).toContain('facts')
})
