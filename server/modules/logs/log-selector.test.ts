import { describe, expect, test } from 'vitest'
import { logSelector, type LogLine } from '#contract/log'
import { BadPattern, compilePattern, compileSelector } from './log-selector.ts'

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
  })
  test('a pattern that RE2 does not know is refused with a reason', () => {
    expect(() => compilePattern('(')).toThrow(BadPattern)
    expect(() => compilePattern('(a)\\1')).toThrow(BadPattern)
  })
  test('a pattern that would backtrack for ever elsewhere ends', () => {
    expect(compilePattern('(a+)+$')(`${'a'.repeat(5000)}b`)).toBe(false)
  })
})
