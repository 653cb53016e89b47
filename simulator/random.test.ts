import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from './random.ts'

const draw = (random: Random, count: number) => Array.from({ length: count }, () => random.next())

describe('Random', () => {
  it('draws the same numbers for the same seed and others for another', () => {
    expect(draw(new Random('a'), 20)).toEqual(draw(new Random('a'), 20))
    expect(draw(new Random('a'), 20)).not.toEqual(draw(new Random('b'), 20))
  })

  it('forks by name: what one part draws does not shift what another draws', () => {
    const quiet = new Random('fleet')
    const busy = new Random('fleet')
    draw(busy, 500)
    expect(draw(busy.fork('poll'), 5)).toEqual(draw(quiet.fork('poll'), 5))
    expect(draw(quiet.fork('poll'), 5)).not.toEqual(draw(quiet.fork('log'), 5))
  })

  it('stays in its ranges, whatever the seed', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -50, max: 50 }), fc.nat(100), (seed, least, span) => {
        const random = new Random(seed)
        const whole = random.int(least, least + span)
        expect(Number.isInteger(whole) && whole >= least && whole <= least + span).toBe(true)
        const share = random.next()
        expect(share >= 0 && share < 1).toBe(true)
        expect(random.hex(13)).toMatch(/^[0-9a-f]{13}$/)
      }),
    )
  })

  it('spreads evenly enough for shares to mean something', () => {
    const random = new Random('spread')
    const hits = draw(random, 20_000).filter((value) => value < 0.25).length
    expect(hits).toBeGreaterThan(4_600)
    expect(hits).toBeLessThan(5_400)
  })

  it('shuffles without losing or doubling anything', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.integer()), (seed, list) => {
        const shuffled = new Random(seed).shuffled(list)
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...list].sort((a, b) => a - b))
      }),
    )
  })
})
