import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual'
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, type ReactNode } from 'react'
import type { LogLine } from '#contract/log'
import type { FieldCondition } from '#contract/log-fields'
import { cn } from '@/lib/cn'
import { conditionOn } from './line-fields'
import type { Matcher } from './highlight'
import { GapRow, LogRow, ROW_HEIGHT_PX, STACKED_ROW_HEIGHT_PX, type RowLook } from './log-row'
import type { LogWindow } from './log-window'
import type { LogStart } from './log-search'
import { useActiveLine } from './use-active-line'
import { useWindowVersion } from './use-log-window'

const OVERSCAN = 12
/** Nearer to the end than this counts as at the end, in CSS px. */
const END_PX = 24
/** Fewer lines than this above or below the visible ones: the next page is asked for. */
const LOAD_AHEAD = 60
/** The line above the first one, in CSS px. */
const HEAD_PX = 32
/**
 * While it follows, the list is no longer than this: what arrives moves every line, and the cost of that must not grow
 * with what the page holds. Pausing or scrolling up brings in the rest above.
 */
const TAIL_LINES = 1_000
/** Heights of wrapped lines that are remembered while it follows; those of lines long gone would else pile up. */
const REMEMBERED_HEIGHTS = 5_000

type LogListProps = {
  lines: LogWindow
  look: RowLook
  matcher: Matcher | null
  /** Where to stand after the lines were taken up anew: at a line or else a time; neither: at the end. */
  start: LogStart
  /** Whether lines arrive that can be followed. */
  isLive: boolean
  head: ReactNode
  onNearStart: () => void
  onNearEnd: () => void
  onOpen: (line: LogLine) => void
  onFilterField: (condition: FieldCondition) => void
  onShowGap: (at: string) => void
  onCopy: (event: React.ClipboardEvent) => void
}

/** The line itself or where it would stand; else the first line received at `at` or later, or the last one. -1: nowhere. */
function indexOfStart(lines: LogWindow, { line, at }: LogStart): number {
  if (line !== null) return lines.indexFrom(line)
  if (at === null) return -1
  const atMs = Date.parse(at)
  for (let index = 0; index < lines.length; index++) {
    const entry = lines.at(index)
    if (entry?.kind === 'line' && Date.parse(entry.line.receivedAt) >= atMs) return index
  }
  return lines.length - 1
}

/** As many rows at the end as fill the box, and those above that are drawn ahead. */
function lastRows(range: Range, boxPx: number, rowPx: number): Range {
  const endIndex = range.count - 1
  return { ...range, startIndex: Math.max(0, endIndex - Math.ceil(boxPx / rowPx)), endIndex }
}

/** Tens of thousands of lines of which only those in sight exist as elements. */
export function LogList(props: LogListProps) {
  const { lines, look, matcher, start, isLive, onOpen } = props
  const version = useWindowVersion(lines)
  const box = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)
  const lastAbove = useRef(0)
  const placedGeneration = useRef(-1)
  const measuredCount = useRef(0)
  const moveTo = useRef<number | null>(null)
  const rowHeight = look.isStacked ? STACKED_ROW_HEIGHT_PX : ROW_HEIGHT_PX
  const { isFollowing } = lines
  const count = isFollowing ? Math.min(lines.length, TAIL_LINES) : lines.length
  /** Lines held above the first one of the list. */
  const above = lines.length - count
  const getItemKey = useCallback((index: number) => lines.at(above + index)?.key ?? index, [lines, above])
  // eslint-disable-next-line react-hooks/incompatible-library -- it is not memoised, and need not be
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    getItemKey,
    paddingStart: HEAD_PX,
    // What follows is at the end, whatever the place to scroll to was before these lines came.
    rangeExtractor: (range) =>
      defaultRangeExtractor(isFollowing ? lastRows(range, box.current?.clientHeight ?? 0, rowHeight) : range),
    // Lines that come or go above what is being read must not move it.
    anchorTo: 'end',
  })
  const items = virtualizer.getVirtualItems()
  const active = useActiveLine(lines, {
    lastInSight: () => above + (virtualizer.range?.endIndex ?? count - 1),
    onMove: (index) => {
      // Moving ended following: the list holds all lines with its next render only.
      if (isFollowing) moveTo.current = index
      else virtualizer.scrollToIndex(index, { align: 'auto' })
    },
    onOpen,
  })
  const startIndex = indexOfStart(lines, start)
  const markedKey = start.line ?? (startIndex < 0 ? null : lines.at(startIndex)?.key)

  /** The library keeps the height of every line it ever measured. */
  const forgetHeights = (element: HTMLElement) => {
    measuredCount.current += items.length
    if (measuredCount.current < REMEMBERED_HEIGHTS) return
    measuredCount.current = 0
    virtualizer.measure()
    for (const row of element.querySelectorAll<HTMLElement>('[data-index]')) virtualizer.measureElement(row)
  }
  const place = useEffectEvent(() => {
    const element = box.current
    if (isFollowing && element) {
      if (look.isWrapped) forgetHeights(element)
      element.scrollTop = element.scrollHeight
      // It stands: pausing is no reason to place it anew, and the event that tells of this is nobody's scrolling.
      placedGeneration.current = lines.generation
      lastTop.current = element.scrollTop
    } else if (moveTo.current !== null) {
      virtualizer.scrollToIndex(moveTo.current, { align: 'auto' })
      moveTo.current = null
    } else if (placedGeneration.current !== lines.generation && lines.length > 0) {
      placedGeneration.current = lines.generation
      const index = indexOfStart(lines, start)
      if (index >= 0) virtualizer.scrollToIndex(index, { align: 'center' })
      else virtualizer.scrollToEnd()
    }
  })
  useLayoutEffect(() => place(), [version, lines, look.isWrapped, rowHeight])
  useEffect(() => virtualizer.measure(), [virtualizer, look.isWrapped, rowHeight, lines])

  const askForMore = useEffectEvent(() => {
    const first = items[0]
    const last = items.at(-1)
    if (!first || !last) return
    if (above + first.index < LOAD_AHEAD && lines.hasOlder && lines.searchedFrom === null) props.onNearStart()
    if (above + last.index > lines.length - LOAD_AHEAD && lines.hasNewer && lines.searchedTo === null)
      props.onNearEnd()
  })
  const range = `${items[0]?.index}-${items.at(-1)?.index}`
  useEffect(() => askForMore(), [range, version])

  const onScroll = () => {
    const element = box.current
    if (!element) return
    const fromEnd = element.scrollHeight - element.scrollTop - element.clientHeight
    const isUp = element.scrollTop < lastTop.current - 1
    const isDown = element.scrollTop > lastTop.current + 1
    lastTop.current = element.scrollTop
    // The lines above came or went: the place is another, and nobody has scrolled.
    const isMoved = lastAbove.current !== above
    lastAbove.current = above
    if (isMoved) return
    if (isUp && fromEnd > END_PX) lines.setFollowing(false)
    else if (isLive && isDown && fromEnd <= END_PX) lines.setFollowing(true)
  }
  return (
    // The keyboard's way to a line's details is j, k and Enter.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <div
      ref={box}
      role="region"
      aria-label="Log lines"
      // A box that scrolls must be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      data-testid="log-lines"
      onScroll={onScroll}
      onCopy={props.onCopy}
      onClick={({ target }) => {
        if (!(target instanceof Element)) return
        const key = target.closest('[data-key]')?.getAttribute('data-key')
        const entry = typeof key === 'string' ? lines.at(lines.indexOf(Number(key))) : undefined
        if (entry?.kind !== 'line') return
        if (target.closest('[data-opens]')) onOpen(entry.line)
        const path = target.closest('[data-field]')?.getAttribute('data-field')
        const isSelecting = getSelection()?.isCollapsed === false
        const condition = path && !isSelecting ? conditionOn(entry.line.message, path) : null
        if (condition) props.onFilterField(condition)
      }}
      className="absolute inset-0 overflow-auto overscroll-contain font-mono text-[12.5px] leading-[20px] [contain:strict] [overflow-anchor:none]"
    >
      <div className="relative min-w-full" style={{ height: virtualizer.getTotalSize() }}>
        <div className="text-ink-muted sticky left-0 flex h-[32px] w-fit items-center px-3 font-sans text-[13px]">
          {props.head}
        </div>
        <p role="status" className="sr-only">
          {active.text}
        </p>
        {items.map((item) => {
          const entry = lines.at(above + item.index)
          if (!entry) return null
          return (
            <div
              key={item.key}
              data-index={item.index}
              data-key={entry.key}
              ref={look.isWrapped ? virtualizer.measureElement : undefined}
              className={cn(
                'absolute top-0 left-0 [contain:layout_style]',
                look.isWrapped ? 'w-full' : 'h-[20px] min-w-full',
              )}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {entry.kind === 'gap' ? (
                <GapRow gap={entry} onShow={props.onShowGap} />
              ) : (
                <LogRow
                  line={entry.line}
                  look={look}
                  matcher={matcher}
                  isMarked={markedKey === entry.key || active.key === entry.key}
                />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
