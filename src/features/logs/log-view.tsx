import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { fixedRange } from '@/domain/time-range-search'
import { formatNoun } from '@/lib/format'
import { toast } from '@/ui/toast.store'
import './ansi.css'
import { DownloadDialog } from './download-dialog'
import { withCondition } from './field-filter'
import { LineDetails } from './line-details'
import { LogBar } from './log-bar'
import { LogFilters } from './log-filters'
import { LogHistogram } from './log-histogram'
import { useLogKeys } from './log-keys'
import { lineLink, viewLink } from './log-links'
import { LogPane } from './log-pane'
import { clockOf, hasRange, noFilters, searchOfSaved, selectorOf, startOf, wholeLog } from './log-search'
import { lineText, selectedLines, visibleLines } from './log-text'
import { useLogSearch } from './use-log-search'
import { useLogWindow, useWindowValue } from './use-log-window'

type LogViewProps = {
  /** Bound to one device; its filters for fleet and device are then left out. */
  deviceUuid?: string
  fleetId?: number
  /** Services to offer beside those seen in the lines. */
  services?: string[]
}

/** So many lines around one are shown at first. */
const FIRST_CONTEXT = 20

const copyText = (text: string, done: string) =>
  navigator.clipboard.writeText(text).then(
    () => toast('ok', done),
    () => toast('critical', `The browser does not allow copying here; copy by hand: ${text.slice(0, 500)}`),
  )

/** Live and stored log lines of one device or many. What it shows is held in the URL. */
export function LogView({ deviceUuid, fleetId, services = [] }: LogViewProps) {
  const scope = { deviceUuid, fleetId }
  const { search, ends, change } = useLogSearch()
  const [isDownloading, setDownloading] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const selector = selectorOf(search, scope)
  const view = useLogWindow(selector, ends, startOf(search))
  const { lines } = view
  // Not the lines themselves: the filters around them are not drawn anew with each that arrives.
  const seenServices = useWindowValue(lines, () => lines.services)
  const deviceNames = useWindowValue(lines, () => lines.devices)
  const chosen = useWindowValue(lines, () => {
    const index = search.line === undefined ? -1 : lines.indexOf(search.line)
    return index < 0 ? undefined : lines.at(index)
  })

  const follow = () => {
    if (!view.isLive) {
      change(wholeLog)
      return
    }
    const isElsewhere = search.at !== undefined || search.line !== undefined
    if (isElsewhere) change({ at: undefined, line: undefined, context: undefined })
    if (lines.hasNewer) view.visitEnd()
    else lines.setFollowing(true)
  }
  const copy = () => {
    const inBox = box.current
    if (!inBox) return
    const selected = selectedLines(lines, inBox)
    const meant = selected.length > 0 ? selected : visibleLines(lines, inBox)
    const text = meant.map((line) => lineText(line, clockOf(search, scope))).join('\n')
    void copyText(text, `${formatNoun(meant.length, 'line')} copied`)
  }
  const open = (line: { id: number }) => {
    lines.setFollowing(false)
    change({ line: line.id, at: undefined, context: search.context ?? FIRST_CONTEXT })
  }
  useLogKeys(() => (lines.isFollowing ? lines.setFollowing(false) : follow()), follow)
  usePauseOnSelection(box, () => lines.setFollowing(false))

  const offered = [...new Set([...services, ...seenServices])].sort()
  return (
    <div className="space-y-3">
      <LogFilters
        search={search}
        scope={scope}
        services={offered}
        deviceNames={deviceNames}
        error={view.first.error}
        onApply={(saved) => change(searchOfSaved(saved, scope))}
        onChange={change}
      />
      <section
        aria-label="Log"
        className="border-line bg-panel shadow-panel overflow-hidden rounded-lg border"
      >
        {search.chart && (
          <LogHistogram
            selector={selector}
            ends={ends}
            hasRange={hasRange(search)}
            onZoom={(fromMs, toMs) => change({ ...wholeLog, ...fixedRange(fromMs, toMs) })}
            onGoTo={(atMs) => change({ at: new Date(atMs).toISOString(), line: undefined })}
            onAllTimes={() => change(wholeLog)}
          />
        )}
        <LogBar
          lines={lines}
          search={search}
          clock={clockOf(search, scope)}
          isLive={view.isLive}
          onFollow={follow}
          onCopy={copy}
          onCopyLink={() => void copyText(viewLink(search, Date.now()), 'Link to this view copied')}
          onDownload={() => setDownloading(true)}
          onChange={change}
        />
        <div ref={box} className={search.chart ? boxWithChart : boxAlone}>
          <LogPane
            view={view}
            search={search}
            scope={scope}
            onFollow={follow}
            onOpen={open}
            onChange={change}
          />
        </div>
      </section>
      {search.line !== undefined && search.context !== undefined && (
        <LineDetails
          lineId={search.line}
          known={chosen?.kind === 'line' ? chosen.line : null}
          context={search.context}
          onContext={(context) => change({ context })}
          onOpen={open}
          onFilter={(condition) =>
            change({ fields: withCondition(search.fields, condition), context: undefined })
          }
          onShowInLog={({ id, deviceUuid: uuid }) =>
            change({ ...noFilters, ...wholeLog, device: [uuid], line: id })
          }
          onCopyLink={({ id }) => void copyText(lineLink(id), 'Link to the line copied')}
          onClose={() => change({ context: undefined })}
        />
      )}
      {isDownloading && (
        <DownloadDialog
          selector={selector}
          search={search}
          lines={lines}
          onClose={() => setDownloading(false)}
        />
      )}
    </div>
  )
}

const boxAlone =
  'relative h-[clamp(320px,calc(100dvh-240px),1600px)] max-sm:h-[clamp(320px,calc(100dvh-264px),1600px)]'
/** Lower by the height of the histogram. */
const boxWithChart =
  'relative h-[clamp(320px,calc(100dvh-340px),1600px)] max-sm:h-[clamp(320px,calc(100dvh-364px),1600px)]'

/** What somebody selects must not move away under the pointer. */
function usePauseOnSelection(box: React.RefObject<HTMLDivElement | null>, onSelect: () => void): void {
  const look = useEffectEvent(() => {
    const selection = getSelection()
    if (selection && !selection.isCollapsed && box.current?.contains(selection.anchorNode)) onSelect()
  })
  useEffect(() => {
    const listener = () => look()
    document.addEventListener('selectionchange', listener)
    return () => document.removeEventListener('selectionchange', listener)
  }, [])
}
