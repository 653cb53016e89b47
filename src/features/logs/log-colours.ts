import type { AnsiStyle } from './ansi'

const PALETTE_SIZE = 12
/** Colours that tell devices apart, by ANSI number: no greys, and no red, which means an error here. */
const deviceColours = [4, 2, 5, 6, 3, 12, 10, 13, 14, 11]

/** A device's colour, the same on every page and after every reload. */
export function deviceColour(uuid: string): string {
  const number = Number.parseInt(uuid.slice(0, PALETTE_SIZE), 16)
  return `var(--ansi-${deviceColours[number % deviceColours.length] ?? 4})`
}

const TINT = '22%'

/** A segment's style as CSS. A background is a tint of its colour, so that any text on it stays legible. */
export function segmentCss(style: AnsiStyle): React.CSSProperties {
  const [front, back] = style.isInverse
    ? [style.background, style.foreground ?? 7]
    : [style.foreground, style.background]
  const lines = [style.isUnderlined && 'underline', style.isStruck && 'line-through'].filter(Boolean)
  return {
    ...(front === null ? {} : { color: `var(--ansi-${front})` }),
    ...(back === null ? {} : { background: `color-mix(in srgb, var(--ansi-${back}) ${TINT}, transparent)` }),
    ...(style.isBold ? { fontWeight: 700 } : {}),
    ...(style.isDim ? { opacity: 0.75 } : {}),
    ...(style.isItalic ? { fontStyle: 'italic' } : {}),
    ...(lines.length === 0 ? {} : { textDecoration: lines.join(' ') }),
  }
}
