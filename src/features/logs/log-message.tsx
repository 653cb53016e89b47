import { useMemo } from 'react'
import { cn } from '@/lib/cn'
import { parseAnsi } from './ansi'
import { markMatches, type Matcher } from './highlight'
import { segmentCss } from './log-colours'

/** Of longer lines the list shows this much; the details show all. */
export const SHOWN_CHARACTERS = 2_000

/** A line's text with its colours and with what was searched for marked. Whatever it holds, it is shown as text. */
export function LogMessage(props: { message: string; matcher: Matcher | null; isWhole?: boolean }) {
  const { message, matcher, isWhole = false } = props
  const segments = useMemo(() => {
    const parsed = parseAnsi(isWhole ? message : message.slice(0, SHOWN_CHARACTERS))
    const matches = matcher === null ? [] : matcher(parsed.map((segment) => segment.text).join(''))
    return markMatches(parsed, matches)
  }, [message, matcher, isWhole])
  return (
    <bdi dir="ltr">
      {segments.map(({ text, style, isMatch }, index) => {
        const Part = isMatch ? 'mark' : 'span'
        return (
          <Part
            key={index}
            style={segmentCss(style)}
            className={cn(isMatch && 'outline-attention rounded-xs bg-(--flash) text-inherit outline-1')}
          >
            {text}
          </Part>
        )
      })}
    </bdi>
  )
}
