import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { planDevices } from './device-plan.ts'
import { noStrain, restingMetrics, stepMetrics, toReported, type Strain } from './metrics-walk.ts'

const plan = planDevices('test', [
  { fleetId: 1, provisioningKey: 'key', deviceType: 'raspberrypi4-64', count: 1 },
])[0]!
const MINUTE_MS = 60_000

function walk(strain: Partial<Strain>, minutes: number, seed = 'walk') {
  const random = new Random(seed)
  let metrics = restingMetrics(plan)
  for (let minute = 0; minute < minutes; minute++)
    metrics = stepMetrics(metrics, plan, { ...noStrain, ...strain }, MINUTE_MS, random)
  return metrics
}

describe('the walk of a device’s figures', () => {
  it('is the same for the same seed', () => {
    expect(walk({}, 200)).toEqual(walk({}, 200))
    expect(walk({}, 200)).not.toEqual(walk({}, 200, 'other'))
  })

  it('never leaves what can be measured', () => {
    const strain = fc.record({
      heatC: fc.option(fc.integer({ min: 40, max: 105 })),
      memoryLeakPerMinute: fc.integer({ min: 0, max: 100 }),
      fillsToPercent: fc.option(fc.integer({ min: 0, max: 100 })),
      isUpdating: fc.boolean(),
      isBusy: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.string(), strain, fc.integer({ min: 1, max: 60 }), (seed, bent, minutes) => {
        const reported = toReported(walk(bent, minutes, seed), plan)
        expect(reported.cpu_usage).toBeGreaterThanOrEqual(0)
        expect(reported.cpu_usage).toBeLessThanOrEqual(100)
        expect(reported.memory_usage).toBeLessThanOrEqual(reported.memory_total)
        expect(reported.storage_usage).toBeLessThanOrEqual(reported.storage_total)
        expect(Number.isInteger(reported.cpu_temp)).toBe(true)
      }),
    )
  })

  it('goes where a fault bends it and comes back when the fault is gone', () => {
    const hot = walk({ heatC: 95, fillsToPercent: 97, memoryLeakPerMinute: 5 }, 60)
    expect(hot.temperatureC).toBeGreaterThan(88)
    expect(hot.storagePercent).toBeGreaterThan(95)
    expect(hot.memoryPercent).toBeGreaterThan(90)
    const cooled = stepMetrics(hot, plan, noStrain, 60 * MINUTE_MS, new Random('cool'))
    expect(cooled.temperatureC).toBeLessThan(80)
    expect(cooled.memoryPercent).toBeLessThan(80)
  })
})
