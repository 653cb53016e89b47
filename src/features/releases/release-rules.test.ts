import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offsetOf, splitRefusals, worstByLine } from './compose-problems'
import { parseImageSizes } from './image-sizes'
import { countChanges } from './release-changes'
import { toggleCompared } from './release-list-search'

describe('places in a compose file', () => {
  it('turns line and column into an offset and never leaves the text', () => {
    const text = 'services:\n  main:\n    build: .\n'
    expect(text.slice(offsetOf(text, 3, 5)).startsWith('build')).toBe(true)
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 20 })).map((lines) => lines.join('\n')),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (any, line, column) => {
          const at = offsetOf(any, line, column)
          expect(at).toBeGreaterThanOrEqual(0)
          expect(at).toBeLessThanOrEqual(any.length)
          const before = any.slice(0, at).split('\n').length
          expect(before).toBeLessThanOrEqual(line)
        },
      ),
    )
  })
  it('marks a line by the worst that was said of it', () => {
    const at = (line: number, severity: 'error' | 'warning') => ({
      line,
      column: 1,
      severity,
      path: '',
      message: '',
    })
    const worst = worstByLine([at(2, 'error'), at(2, 'warning'), at(5, 'warning')])
    expect([...worst]).toEqual([
      [2, 'error'],
      [5, 'warning'],
    ])
  })
  it('tells refused places from refused fields', () => {
    const { problems, byField } = splitRefusals([
      { field: 'composeYaml:3:5 services.main.build', reason: 'cannot be built on a device' },
      { field: 'semver', reason: 'belongs to another final release' },
      { field: 'images.main.sizeBytes', reason: 'must not be negative' },
    ])
    expect(problems).toEqual([
      {
        line: 3,
        column: 5,
        severity: 'error',
        path: 'services.main.build',
        message: 'cannot be built on a device',
      },
    ])
    expect(Object.fromEntries(byField)).toEqual({
      semver: 'belongs to another final release',
      images: 'images.main.sizeBytes must not be negative',
    })
  })
})

describe('image sizes', () => {
  it('are optional, and say what is wrong and where', () => {
    expect(parseImageSizes('  ')).toEqual({ images: {}, error: null })
    expect(parseImageSizes('{"main": {"sizeBytes": 5, "layers": []}}')).toEqual({
      images: { main: { sizeBytes: 5, layers: [] } },
      error: null,
    })
    expect(parseImageSizes('{').error).toMatch(/^Not JSON/)
    expect(parseImageSizes('{"main": {"sizeBytes": -1, "layers": []}}').error).toMatch(/^main\.sizeBytes: /)
    expect(parseImageSizes('[]').error).not.toBeNull()
  })
})

describe('comparing releases', () => {
  it('keeps at most two choices, the newest ones', () => {
    expect(toggleCompared([], 1)).toEqual([1])
    expect(toggleCompared([1, 2], 3)).toEqual([2, 3])
    expect(toggleCompared([1, 2], 1)).toEqual([2])
  })
  it('counts services by what happened to them', () => {
    expect(countChanges([{ change: 'added' }, { change: 'same' }, { change: 'same' }])).toEqual({
      added: 1,
      removed: 0,
      changed: 0,
      same: 2,
    })
  })
})
