import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logSelector, type LogLine } from '#contract/log'
import { BadPattern, compilePattern, compileSelector, patternHints } from './log-selector.ts'

const uuid = 'a'.repeat(32)
const line = (more: Partial<LogLine> = {}): LogLine => ({
  id: 1,
  deviceUuid: uuid,
  deviceName: 'lucid-fern',
  at: '2026-01-01T00:00:00.000Z',
  receivedAt: '2026-01-01T00:00:00.000Z',
  service: 'main',
  isSystem: false,
  isStderr: false,
  level: 'info',
  message: 'Battery at 41 %',
  ...more,
})
const matches = (selector: Record<string, unknown>, more: Partial<LogLine> = {}, fleetId = 7) =>
  compileSelector(logSelector.parse(selector))(line(more), fleetId)

describe('selector', () => {
  test('every part narrows', () => {
    expect(matches({})).toBe(true)
    expect(matches({ device: 'b'.repeat(32) })).toBe(false)
    expect(matches({ fleetId: 7 })).toBe(true)
    expect(matches({ fleetId: 8 })).toBe(false)
    expect(matches({ service: 'main,other' })).toBe(true)
    expect(matches({ service: 'other' })).toBe(false)
    expect(matches({ service: 'main' }, { service: null, isSystem: true })).toBe(false)
    expect(matches({ level: 'error' })).toBe(false)
    expect(matches({ source: 'system' })).toBe(false)
    expect(matches({ source: 'services' })).toBe(true)
    expect(matches({ stderr: 'only' })).toBe(false)
    expect(matches({ text: 'BATTERY' })).toBe(true)
    expect(matches({ text: '42 %' })).toBe(false)
    expect(matches({ regex: 'at \\d+ %$' })).toBe(true)
    expect(matches({ regex: '^\\d' })).toBe(false)
    const message = '{"status":500}'
    expect(matches({ fields: 'status=500' }, { message })).toBe(true)
    expect(matches({ fields: 'status!=500' }, { message })).toBe(false)
    expect(matches({ fields: 'status!=500' })).toBe(false)
    expect(matches({ fields: 'status=500', regex: '^x' }, { message })).toBe(false)
  })
  test('a pattern that RE2 does not know is refused with a reason', () => {
    expect(() => compilePattern('(')).toThrow(BadPattern)
    expect(() => compilePattern('(a)\\1')).toThrow(BadPattern)
  })
  test('a pattern that would backtrack for ever elsewhere ends', () => {
    expect(compilePattern('(a+)+$')(`${'a'.repeat(5000)}b`)).toBe(false)
  })
  test('a pattern of more steps than can be taken for every line is refused', () => {
    expect(() => compilePattern('(.{1,300}){3}x')).toThrow(BadPattern)
    expect(() => compilePattern('(x{1000}){1000}')).toThrow(BadPattern)
  })
})

describe('what a pattern cannot do without', () => {
  test.each([
    ['valve \\d+ stall', ['valve ', ' stall']],
    ['^error: disk$', ['error: disk']],
    ['colou?r', ['colo']],
    ['abc*de{0,2}', ['ab']],
    ['(needle) hay', [' hay']],
    ['[abc]def', ['def']],
    ['one|two', []],
    ['(?i)one', []],
    ['\\101bc', ['bc']],
    ['\\Qa.b\\E', []],
  ])('%s: %j', (pattern, hints) => expect(patternHints(pattern)).toEqual(hints))

  test('every line that matches holds it', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'ab',
      '.',
      '*',
      '+',
      '?',
      '(',
      ')',
      '[ab]',
      '[^a]',
      '{2}',
      '{0,1}',
      '|',
      '\\d',
      '1',
    )
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '1', ' '), maxLength: 12 })
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.array(text, { minLength: 5, maxLength: 5 }),
        (pieces, texts) => {
          const pattern = pieces.join('')
          let isMatch: (text: string) => boolean
          try {
            isMatch = compilePattern(pattern)
          } catch (error) {
            if (error instanceof BadPattern) return
            throw error
          }
          for (const one of texts.filter(isMatch))
            for (const hint of patternHints(pattern)) expect(one.toLowerCase(), pattern).toContain(hint)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
