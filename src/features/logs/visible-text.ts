/**
 * Characters that do something instead of being something: C0 and C1 controls, DEL, line separators, bidirectional
 * marks, embeddings, overrides and isolates, invisible fillers, and the tag block. Joiners (U+200C, U+200D) stay, scripts
 * and emoji need them. Bidi controls: Unicode UAX #9.
 */
const ACTING =
  /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|\uDB40[\uDC00-\uDC7F]/g

/** ASCII's names of the C0 controls, by code. */
const controlNames =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  )
const DELETE = 0x7f

/** `⟨BEL⟩`, `⟨202E⟩`: signs that every font has, unlike Unicode's control pictures. */
function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const name = code === DELETE ? 'DEL' : controlNames[code]
  return `⟨${name ?? code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

/**
 * The text with every control character but the tab shown as a sign of its own, so that a line can neither hide nor
 * reorder what it says.
 */
export const visibleText = (text: string): string => text.replace(ACTING, picture)
