import fc from 'fast-check'
import { expect, test } from 'vitest'
import { healthCodes, type HealthCode } from '#contract/health'
import { orderByCause } from './cause-order.rules.ts'

const sign = (
  code: HealthCode,
  severity: 'critical' | 'attention' | 'unknown' = 'attention',
  evidence = 'x',
) => ({ code, layer: 'host-os' as const, severity, evidence })
const order = (...signs: ReturnType<typeof sign>[]) => orderByCause(signs).map((one) => one.code)

test('power stands before everything it causes', () => {
  expect(
    orderByCause([
      sign('service-crash-loop', 'critical'),
      sign('offline'),
      sign('unexpected-reboot'),
      sign('undervoltage'),
    ]).map(({ code, follows }) => [code, follows]),
  ).toEqual([
    ['undervoltage', undefined],
    ['service-crash-loop', 'undervoltage'],
    ['offline', 'undervoltage'],
    ['unexpected-reboot', 'undervoltage'],
  ])
})

test('a full disk stands before the stuck update and the crash loop; a nearly full one explains neither', () => {
  const others = [sign('service-crash-loop', 'critical'), sign('update-stuck')] as const
  expect(order(...others, sign('storage-nearly-full', 'critical'))).toEqual([
    'storage-nearly-full',
    'service-crash-loop',
    'update-stuck',
  ])
  expect(order(...others, sign('storage-nearly-full'))[0]).toBe('service-crash-loop')
})

test('a hung supervisor stands before the silence and standstill it causes', () => {
  expect(order(sign('offline'), sign('update-stuck'), sign('supervisor-hung', 'critical'))).toEqual([
    'supervisor-hung',
    'offline',
    'update-stuck',
  ])
})

test('a flaky network explains that a device is away; a lock that its update stands still', () => {
  expect(order(sign('offline'), sign('flaky-network'))).toEqual(['flaky-network', 'offline'])
  expect(order(sign('update-stuck'), sign('update-locked'))).toEqual(['update-locked', 'update-stuck'])
})

test('only a clock far off explains failing services', () => {
  const loop = sign('service-crash-loop', 'critical')
  expect(order(loop, sign('clock-skew', 'attention', 'Its clock is 3.0 years behind'))[0]).toBe('clock-skew')
  expect(order(loop, sign('clock-skew', 'attention', 'Its clock is 200 s behind'))[0]).toBe(
    'service-crash-loop',
  )
})

test('whatever comes together: nothing is lost, causes stand before effects, the order of finding does not matter', () => {
  const signs = fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...healthCodes), fc.constantFrom('critical', 'attention', 'unknown'))
      .map(([code, severity]) => sign(code, severity, 'Its clock is 9 days behind')),
    { selector: (one) => one.code },
  )
  fc.assert(
    fc.property(signs, fc.func(fc.integer()), (found, shuffle) => {
      const ordered = orderByCause(found)
      expect(ordered.map((one) => one.code).sort()).toEqual(found.map((one) => one.code).sort())
      ordered.forEach((one, index) => {
        if (one.follows === undefined) return
        const place = ordered.findIndex((other) => other.code === one.follows)
        expect(place).toBeGreaterThanOrEqual(0)
        expect(place).toBeLessThan(index)
      })
      const shuffled = [...found].sort((a, b) => shuffle(a.code) - shuffle(b.code))
      expect(new Set(orderByCause(shuffled).map((one) => `${one.code}<${one.follows}`))).toEqual(
        new Set(ordered.map((one) => `${one.code}<${one.follows}`)),
      )
    }),
  )
})
