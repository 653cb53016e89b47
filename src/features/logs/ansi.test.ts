import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAnsi, plainText } from './ansi'

const E = '\u001B'
const styled = (line: string) =>
  parseAnsi(line).map(({ text, style }) => [
    text,
    Object.fromEntries(Object.entries(style).filter(([, value]) => value !== null && value !== false)),
  ])

describe('colours and weights', () => {
  test('start, change and end', () => {
    expect(styled(`a${E}[1;31mb${E}[39mc${E}[0md`)).toEqual([
      ['a', {}],
      ['b', { isBold: true, foreground: 1 }],
      ['c', { isBold: true }],
      ['d', {}],
    ])
  })
  test('bright ones and backgrounds', () => {
    expect(styled(`${E}[92;45mx`)).toEqual([['x', { foreground: 10, background: 5 }]])
  })
  test('an empty parameter means reset', () => {
    expect(styled(`${E}[4mx${E}[my`)).toEqual([
      ['x', { isUnderlined: true }],
      ['y', {}],
    ])
  })
  test('extended colours become the nearest of the sixteen', () => {
    expect(styled(`${E}[38;5;196mx`)).toEqual([['x', { foreground: 9 }]])
    expect(styled(`${E}[38;2;20;160;30mx`)).toEqual([['x', { foreground: 2 }]])
    expect(styled(`${E}[48:2:250:250:250mx`)).toEqual([['x', { background: 15 }]])
    expect(styled(`${E}[38;5;3;1mx`)).toEqual([['x', { foreground: 3, isBold: true }]])
  })
  test('unknown parameters change nothing', () => {
    expect(styled(`${E}[38;77mx${E}[999mz`)).toEqual([
      ['x', {}],
      ['z', {}],
    ])
  })
})

describe('everything else is taken out or made visible', () => {
  test.each([
    ['cursor moves and erasing', `a${E}[2J${E}[10;3Hb${E}[Kc`, 'a⟨ESC⟩⟨ESC⟩b⟨ESC⟩c'],
    ['a window title', `${E}]0;owned\u0007x`, '⟨ESC⟩x'],
    ['a link', `${E}]8;;https://example.org${E}\\text${E}]8;;${E}\\`, '⟨ESC⟩text⟨ESC⟩'],
    ['a device control string', `${E}Pq#0~${E}\\x`, '⟨ESC⟩x'],
    ['8 bit forms', `\u009B31mred\u009D0;title\u009Cx`, 'red⟨ESC⟩x'],
    ['short sequences', `${E}cx${E}(By`, '⟨ESC⟩x⟨ESC⟩y'],
    ['one that is cut off', `x${E}[38;5`, 'x⟨ESC⟩'],
    ['a lone escape', `x${E}`, 'x⟨ESC⟩'],
    ['a bell and a backspace', 'a\u0007b\u0008', 'a⟨BEL⟩b⟨BS⟩'],
    ['CRLF', 'x\r', 'x'],
    ['a carriage return inside', 'safe\rowned', 'safe⟨CR⟩owned'],
    ['a carriage return before an escape sequence', `safe\r${E}[0mowned`, 'safe⟨CR⟩owned'],
    ['a right-to-left override', 'photo\u202Egnp.exe', 'photo⟨202E⟩gnp.exe'],
    ['invisible characters', 'pay\u200Bpal\uFEFF', 'pay⟨200B⟩pal⟨FEFF⟩'],
    ['tag characters', 'a\u{E0041}b', 'a⟨E0041⟩b'],
    ['delete', 'a\u007Fb', 'a⟨DEL⟩b'],
  ])('%s', (_name, line, text) => {
    expect(plainText(line)).toBe(text)
  })
  test('scripts, emoji, tabs and markup stay as they are', () => {
    const line = '\tمرحبا 日本 👩‍🚀 <script>alert(1)</script> &amp;'
    expect(plainText(line)).toBe(line)
  })
})

const nasty = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      E,
      `${E}[`,
      `${E}]`,
      '\u009B',
      '\u009D',
      '\u0007',
      `${E}\\`,
      'm',
      ';',
      '38;5;',
      '\r',
      '\n',
      '\u202E',
    ),
    fc.array(fc.integer({ min: 0, max: 300 })).map((codes) => `${E}[${codes.join(';')}m`),
  ),
)

test('no text that comes out can act on the page, whatever went in', () => {
  fc.assert(
    fc.property(nasty, (parts) => {
      const text = plainText(parts.join(''))

      expect(text).not.toMatch(
        /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/,
      )
    }),
  )
})

test('plain text goes through whole, in one piece', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\x20-\x7E]+$/), (text) => {
      expect(parseAnsi(text).map((segment) => segment.text)).toEqual([text])
    }),
  )
})

test('every colour is one of the sixteen', () => {
  const codes = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 12 })
  fc.assert(
    fc.property(codes, (parameters) => {
      for (const { style } of parseAnsi(`${E}[${parameters.join(';')}mx`)) {
        for (const colour of [style.foreground, style.background]) {
          if (colour === null) continue
          expect(colour).toBeGreaterThanOrEqual(0)
          expect(colour).toBeLessThan(16)
        }
      }
    }),
  )
})
