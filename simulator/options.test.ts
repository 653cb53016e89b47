import fc from 'fast-check'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readGroup, readOptions, shareOut } from './options.ts'

const folder = path.join(import.meta.dirname, 'scenarios')
const read = (flags: string, environment: Record<string, string> = {}) =>
  readOptions(flags === '' ? [] : flags.split(' '), environment, folder)

describe('the flags', () => {
  it('have defaults', () => {
    expect(read('--group 1:key:raspberrypi3:10')).toMatchObject({
      url: 'http://127.0.0.1:8080',
      seed: 'wheelhouse',
      speed: 1,
      scenario: null,
      groups: [{ fleetId: 1, provisioningKey: 'key', deviceType: 'raspberrypi3', count: 10 }],
    })
  })

  it('take groups from the environment, where secrets belong', () => {
    const options = read('', { WHEELHOUSE_SIMULATOR_GROUPS: '1:a:raspberrypi3:10,2:b:intel-nuc:5' })
    expect(options?.groups.map((group) => group.fleetId)).toEqual([1, 2])
  })

  it('find a scenario by its name', () => {
    expect(read('--group 1:key:raspberrypi3:10 --scenario demo')?.scenario?.name).toBe('demo')
  })

  it.each([
    ['', /No fleet to join/],
    ['--group 1:key:raspberrypi3', /--group is "1:key:raspberrypi3"/],
    ['--group 1:key:raspberrypi3:1 --speed 0', /--speed is "0"/],
    ['--group 1:key:raspberrypi3:1 --devices many', /--devices is "many"/],
    ['--group 1:key:raspberrypi3:1 --url nowhere', /--url is "nowhere"/],
    ['--group 1:key:raspberrypi3:1 --scenario nowhere', /nowhere\.json cannot be read/],
    ['--colour', /--colour/],
  ])('are refused with the flag and the reason: %s', (flags, reason) => {
    expect(() => read(flags)).toThrow(reason)
  })

  it('share devices out so that they add up', () => {
    const count = fc.integer({ min: 0, max: 500 })
    fc.assert(
      fc.property(fc.array(count, { minLength: 1, maxLength: 12 }), fc.nat(5_000), (counts, total) => {
        const groups = counts.map((one) => readGroup(`1:key:intel-nuc:${one}`, false))
        const shared = shareOut(groups, total).map((group) => group.count)
        expect(shared.reduce((sum, one) => sum + one, 0)).toBe(total)
        expect(shared.every((one) => one >= 0)).toBe(true)
      }),
    )
  })
})
