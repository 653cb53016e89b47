import { describe, expect, test, vi } from 'vitest'
import { loadPart } from './load-part'

const failed = new TypeError('Failed to fetch dynamically imported module: /assets/chart.js')

describe('a part of the page', () => {
  test('is loaded once the gateway is back, however long that takes', async () => {
    let answersIn = 12
    const load = vi.fn(() => (answersIn > 0 ? Promise.reject(failed) : Promise.resolve('chart')))
    const waits: number[] = []
    const probe = () => (answersIn-- > 1 ? Promise.reject(new TypeError('no connection')) : Promise.resolve())
    const wait = (ms: number) => Promise.resolve(void waits.push(ms))
    await expect(loadPart(load, { probe, wait })).resolves.toBe('chart')
    expect(load).toHaveBeenCalledTimes(2)
    // Ever more slowly, but never slower than every five seconds.
    expect(waits.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 5000, 5000])
  })

  test('that the gateway does not have any more is given up, with the reason', async () => {
    const load = vi.fn(() => Promise.reject(failed))
    const surroundings = { probe: () => Promise.resolve(), wait: () => Promise.resolve() }
    await expect(loadPart(load, surroundings)).rejects.toBe(failed)
    expect(load).toHaveBeenCalledTimes(5)
  })

  test('that is there is loaded without a question to the gateway', async () => {
    const probe = vi.fn(() => Promise.resolve())
    await expect(loadPart(() => Promise.resolve(1), { probe, wait: () => Promise.resolve() })).resolves.toBe(
      1,
    )
    expect(probe).not.toHaveBeenCalled()
  })
})
