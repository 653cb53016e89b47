import { visibleText } from './visible-text'

/** The sixteen named colours, 0-7 normal and 8-15 bright, as terminals number them. */
export type AnsiColour = number
export type AnsiStyle = {
  foreground: AnsiColour | null
  background: AnsiColour | null
  isBold: boolean
  isDim: boolean
  isItalic: boolean
  isUnderlined: boolean
  isStruck: boolean
  isInverse: boolean
}
export type AnsiSegment = { text: string; style: AnsiStyle }

const plain: AnsiStyle = {
  foreground: null,
  background: null,
  isBold: false,
  isDim: false,
  isItalic: false,
  isUnderlined: false,
  isStruck: false,
  isInverse: false,
}

/**
 * Escape sequences of ECMA-48 in 7 and 8 bit form: CSI (`ESC [`), strings that end with BEL or ST (OSC, DCS, SOS, PM,
 * APC: window titles, links, …), and the short ones. One that is cut off at the end of the line goes with it.
 */
const ESCAPE =
  /(?:\u001B\[|\u009B)([0-?]*)([ -/]*)([@-~])?|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]?/g

/** Stands where an escape sequence was left out that would have done something. */
const REMOVED = '⟨ESC⟩'

const FIRST_BRIGHT = 8
const CUBE_START = 16
const GREY_START = 232
const CUBE_LEVELS = [0, 95, 135, 175, 215, 255]

/** Red, green, blue as bits 0, 1, 2: the order of the eight base colours. */
function nearestNamed(red: number, green: number, blue: number): AnsiColour {
  const most = Math.max(red, green, blue)
  const least = Math.min(red, green, blue)
  // Little colour: one of the four greys.
  if (most - least < 40) {
    if (most < 64) return 0
    if (most < 140) return FIRST_BRIGHT
    return most < 220 ? 7 : 15
  }
  const middle = (most + least) / 2
  const bits = (red > middle ? 1 : 0) | (green > middle ? 2 : 0) | (blue > middle ? 4 : 0)
  return most > 215 ? bits + FIRST_BRIGHT : bits
}

function fromPalette(index: number): AnsiColour | null {
  if (index < 0 || index > 255) return null
  if (index < CUBE_START) return index
  if (index >= GREY_START) {
    const grey = 8 + (index - GREY_START) * 10
    return nearestNamed(grey, grey, grey)
  }
  const cell = index - CUBE_START
  const level = (value: number) => CUBE_LEVELS[value % 6] ?? 0
  return nearestNamed(level(Math.floor(cell / 36)), level(Math.floor(cell / 6)), level(cell))
}

/**
 * `38;5;n` and `38;2;r;g;b`: how many parameters they take, and the named colour nearest to it. A palette of sixteen is
 * legible on both themes, which any colour a device may name is not.
 */
function extendedColour(
  parameters: readonly number[],
  at: number,
): { colour: AnsiColour | null; used: number } {
  const part = (offset: number) => parameters[at + offset] ?? 0
  if (part(1) === 5) return { colour: fromPalette(part(2)), used: 2 }
  if (part(1) === 2) return { colour: nearestNamed(part(2), part(3), part(4)), used: 4 }
  return { colour: null, used: 0 }
}

const switches: Record<number, Partial<AnsiStyle>> = {
  0: plain,
  1: { isBold: true },
  2: { isDim: true },
  3: { isItalic: true },
  4: { isUnderlined: true },
  7: { isInverse: true },
  9: { isStruck: true },
  21: { isUnderlined: true },
  22: { isBold: false, isDim: false },
  23: { isItalic: false },
  24: { isUnderlined: false },
  27: { isInverse: false },
  29: { isStruck: false },
  39: { foreground: null },
  49: { background: null },
}

function colourOf(code: number): Partial<AnsiStyle> {
  if (code >= 30 && code <= 37) return { foreground: code - 30 }
  if (code >= 40 && code <= 47) return { background: code - 40 }
  if (code >= 90 && code <= 97) return { foreground: code - 90 + FIRST_BRIGHT }
  if (code >= 100 && code <= 107) return { background: code - 100 + FIRST_BRIGHT }
  return {}
}

function applySgr(style: AnsiStyle, text: string): AnsiStyle {
  const parameters = text.split(/[;:]/).map((part) => (part === '' ? 0 : Number(part)))
  let next = style
  for (let at = 0; at < parameters.length; at++) {
    const code = parameters[at] ?? 0
    if (code === 38 || code === 48) {
      const { colour, used } = extendedColour(parameters, at)
      at += used
      next = { ...next, [code === 38 ? 'foreground' : 'background']: colour }
    } else {
      next = { ...next, ...(switches[code] ?? colourOf(code)) }
    }
  }
  return next
}

/**
 * A log line as runs of text with a style. SGR (`ESC [ … m`) is understood, every other escape sequence is left out with a sign in its place, and
 * what remains of control characters is made visible: the text of the segments never holds one.
 */
export function parseAnsi(raw: string): AnsiSegment[] {
  // What is left of a CRLF ending says nothing.
  const line = raw.replace(/\r+$/, '')
  const segments: AnsiSegment[] = []
  let style = plain
  const add = (text: string) => {
    if (text !== '') segments.push({ text: visibleText(text), style })
  }
  let end = 0
  for (const match of line.matchAll(ESCAPE)) {
    add(line.slice(end, match.index))
    end = match.index + match[0].length
    const [, parameters = '', intermediate = '', final] = match
    if (final === 'm' && intermediate === '' && /^[\d;:]*$/.test(parameters))
      style = applySgr(style, parameters)
    else segments.push({ text: REMOVED, style })
  }
  add(line.slice(end))
  return segments
}

/** The same without styles: what is searched, copied and read out. */
export const plainText = (line: string): string =>
  parseAnsi(line)
    .map((segment) => segment.text)
    .join('')
