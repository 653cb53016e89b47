import { useQuery } from '@tanstack/react-query'
import { useCallback, useRef, useState, type ReactNode } from 'react'
import { z } from 'zod'
import type { DeviceTimeline as Timeline } from '#contract/timeline'
import {
  dayOrLess,
  fixedRange,
  freezeTimeRange,
  resolveTimeRange,
  timeRangeSearch,
} from '@/domain/time-range-search'
import { useSearchState } from '@/lib/search-state'
import { formatInstant, useNow } from '@/lib/time'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { Segments } from '@/ui/segments'
import { deviceTimelineQueries } from './device-timeline.queries'
import { LaneTrack, type Pointed } from './lane-track'
import { laneIcons } from './mark-words'
import { MarkTip } from './mark-tip'
import { TimelineAxis, TimelineGrid } from './timeline-axis'
import { TimelineBar } from './timeline-bar'
import { TimelineTable } from './timeline-table'
import { useAxisGestures } from './use-axis-gestures'
import type { Span } from './zoom-range'

const search = z.object({ ...timeRangeSearch.shape, as: z.enum(['lanes', 'table']).default('lanes') })
/** A live range moves on in steps of this part of its length, so that it is not drawn and asked for anew each second. */
const LIVE_STEPS = 240
const MIN_STEP_MS = 5_000

type DeviceTimelineProps = {
  uuid: string
  /** When the device was registered: a younger device than a day is shown from its beginning. */
  since: string
  /** Moves when the device had news. */
  version: number
  /** What stands under the lanes on the same axis, such as metrics. */
  children?: (span: Span) => ReactNode
}

const LABEL_COLUMN = 'sm:grid sm:grid-cols-[9rem_minmax(0,1fr)] sm:items-center'

type LanesProps = {
  uuid: string
  timeline: Timeline
  span: Span
  onSpan: (span: Span) => void
  children: ReactNode
}

function Lanes({ uuid, timeline, span, onSpan, children }: LanesProps) {
  const frame = useRef<HTMLDivElement>(null)
  const { draft, brush } = useAxisGestures(frame, span, onSpan)
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const onPoint = useCallback((next: Pointed | null) => setPointed(next), [])
  const shown = draft ?? span
  return (
    <div
      ref={frame}
      data-lanes
      role="group"
      // Keys are heard here, also where there is no mark to have the focus.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label="Lanes over time. Inside, plus and minus zoom, left and right move along time."
      className="relative touch-pan-y px-2 pt-1 pb-3 sm:px-4"
    >
      <div className={LABEL_COLUMN}>
        <span className="text-ink-muted hidden text-xs sm:block">Drag to zoom</span>
        <TimelineAxis span={shown} brush={brush} />
      </div>
      {timeline.lanes.length === 0 && (
        <p className="text-ink-muted border-line border-t py-4">
          The device was not registered yet in this range.
        </p>
      )}
      {timeline.lanes.map((lane) => {
        const Icon = laneIcons[lane.kind]
        return (
          <section
            key={lane.id}
            aria-label={lane.name}
            className={`border-line border-t py-1 sm:py-0 ${LABEL_COLUMN}`}
          >
            <h3 className="flex min-w-0 items-center gap-1.5 pr-2 text-[13px] font-medium">
              <Icon className="text-ink-muted size-4 shrink-0" aria-hidden />
              <span className="truncate">{lane.name}</span>
            </h3>
            <div className="relative">
              <TimelineGrid span={shown} />
              <LaneTrack uuid={uuid} lane={lane} span={shown} onPoint={onPoint} />
            </div>
          </section>
        )
      })}
      {children}
      {pointed !== null && draft === null && <MarkTip pointed={pointed} />}
    </div>
  )
}

/** What happened to a device on one time axis: what it was, what it did, what was done to it, and what it measured. */
export function DeviceTimeline({ uuid, since, version, children }: DeviceTimelineProps) {
  const [state, update] = useSearchState(search)
  const nowMs = useNow(MIN_STEP_MS)
  const usual = dayOrLess(nowMs - Date.parse(since))
  const rough = resolveTimeRange(state, nowMs, usual)
  const stepMs = Math.max(MIN_STEP_MS, Math.ceil((rough.toMs - rough.fromMs) / LIVE_STEPS / 1000) * 1000)
  const range = rough.isLive
    ? resolveTimeRange(state, Math.floor(nowMs / stepMs) * stepMs + stepMs, usual)
    : rough
  const span = { fromMs: range.fromMs, toMs: Math.max(range.toMs, range.fromMs + 1000) }
  const query = useQuery(deviceTimelineQueries.ofDevice(uuid, span, range.isLive ? version : 0))
  const showSpan = useCallback(
    (next: Span) => update(fixedRange(next.fromMs, next.toMs), { replace: true }),
    [update],
  )
  return (
    <Panel
      title="Timeline"
      hint={`${formatInstant(span.fromMs)} to ${range.isLive ? 'now' : formatInstant(span.toMs)}`}
      isFlush
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <TimelineBar
            span={span}
            live={range.isLive && state.from === undefined ? (state.range ?? usual) : null}
            onSpan={showSpan}
            onSearch={(next) => update(next)}
            onFreeze={() => update(freezeTimeRange(state, Date.now(), usual), { replace: true })}
          />
          <Segments
            label="Show as"
            value={state.as}
            options={[
              { value: 'lanes', label: 'Lanes' },
              { value: 'table', label: 'Table' },
            ]}
            onChange={(as) => update({ as }, { replace: true })}
          />
        </div>
      }
    >
      <QueryView query={query} what="the timeline">
        {(timeline) =>
          state.as === 'table' ? (
            <TimelineTable uuid={uuid} timeline={timeline} />
          ) : (
            <Lanes uuid={uuid} timeline={timeline} span={span} onSpan={showSpan}>
              {timeline.lanes.length > 0 && children?.(span)}
            </Lanes>
          )
        }
      </QueryView>
    </Panel>
  )
}
