import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { LogLine } from '#contract/log'
import { ApiError } from '@/lib/api'
import { formatNoun } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { toast } from '@/ui/toast.store'
import './ansi.css'
import { DownloadDialog } from './download-dialog'
import { LineDetails } from './line-details'
import { LogBar } from './log-bar'
import { LogFilters } from './log-filters'
import { useLogKeys } from './log-keys'
import { LogPane } from './log-pane'
import { clockOf, logSearch, selectorOf, type LogSearch } from './log-search'
import { lineText, selectedLines, visibleLines } from './log-text'
import { useLogWindow, useWindowVersion } from './use-log-window'

type LogViewProps = {
  /** Bound to one device; its filters for fleet and device are then left out. */
  deviceUuid?: string
  fleetId?: number
  /** Services to offer beside those seen in the lines. */
  services?: string[]
}

/** Why the pattern was refused, when that is what is wrong. */
function patternErrorOf(error: Error | null): string | null {
  if (!(error instanceof ApiError)) return null
  const field = error.fields.find((one) => one.field === 'regex')
  return field ? `This ${field.reason}` : null
}

/** Live and stored log lines of one device or many. What it shows is held in the URL. */
export function LogView({ deviceUuid, fleetId, services = [] }: LogViewProps) {
  const scope = { deviceUuid, fleetId }
  const [search, update] = useSearchState(logSearch)
  const [openLine, setOpenLine] = useState<LogLine | null>(null)
  const [isDownloading, setDownloading] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const selector = selectorOf(search, scope)
  const view = useLogWindow(selector, search.at)
  const { lines } = view
  useWindowVersion(lines)

  const change = (next: Partial<LogSearch>) => update(next, { replace: !('at' in next) })
  const follow = () => {
    if (search.at === undefined && !lines.hasNewer) {
      lines.setFollowing(true)
      return
    }
    if (search.at !== undefined) change({ at: undefined })
    view.visitEnd()
  }
  const copy = () => {
    const inBox = box.current
    if (!inBox) return
    const selected = selectedLines(lines, inBox)
    const meant = selected.length > 0 ? selected : visibleLines(lines, inBox)
    const text = meant.map((line) => lineText(line, clockOf(search, scope))).join('\n')
    navigator.clipboard.writeText(text).then(
      () => toast('ok', `${formatNoun(meant.length, 'line')} copied`),
      () => toast('critical', 'The browser does not allow copying here; select lines and copy them by hand.'),
    )
  }
  useLogKeys(() => (lines.isFollowing ? lines.setFollowing(false) : follow()), follow)
  usePauseOnSelection(box, () => lines.setFollowing(false))

  const offered = [...new Set([...services, ...lines.services])].sort()
  return (
    <div className="space-y-3">
      <LogFilters
        search={search}
        scope={scope}
        services={offered}
        deviceNames={lines.devices}
        patternError={patternErrorOf(view.first.error)}
        onChange={change}
      />
      <section
        aria-label="Log"
        className="border-line bg-panel shadow-panel overflow-hidden rounded-lg border"
      >
        <LogBar
          lines={lines}
          search={search}
          clock={clockOf(search, scope)}
          onFollow={follow}
          onCopy={copy}
          onDownload={() => setDownloading(true)}
          onChange={change}
        />
        <div
          ref={box}
          className="relative h-[clamp(320px,calc(100dvh-204px),1600px)] max-sm:h-[clamp(320px,calc(100dvh-264px),1600px)]"
        >
          <LogPane
            view={view}
            search={search}
            scope={scope}
            onFollow={follow}
            onOpen={(line) => {
              lines.setFollowing(false)
              setOpenLine(line)
            }}
            onChange={change}
          />
        </div>
      </section>
      {openLine && (
        <LineDetails
          line={openLine}
          onClose={() => setOpenLine(null)}
          onShowAround={(at) => {
            setOpenLine(null)
            change({ at })
          }}
        />
      )}
      {isDownloading && <DownloadDialog selector={selector} onClose={() => setDownloading(false)} />}
    </div>
  )
}

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
