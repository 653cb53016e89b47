import { Braces, ChartColumn, Copy, Download, Link, Pause, Play, Watch, WrapText } from 'lucide-react'
import { cn } from '@/lib/cn'
import { formatNoun } from '@/lib/format'
import { formatInstant } from '@/lib/time'
import { Button, buttonClass } from '@/ui/button'
import type { LogClock, LogSearch } from './log-search'
import type { LogWindow } from './log-window'
import { TimeJump } from './time-jump'
import { useWindowValue, useWindowVersion } from './use-log-window'

type LogBarProps = {
  lines: LogWindow
  search: LogSearch
  clock: LogClock
  /** Whether lines arrive that can be followed; else the range has an end. */
  isLive: boolean
  onFollow: () => void
  onCopy: () => void
  onCopyLink: () => void
  onDownload: () => void
  onChange: (change: Partial<LogSearch>) => void
}

/** How the lines are read: follow or pause, time, wrapping, clock, copy, download. */
export function LogBar(props: LogBarProps) {
  const { lines, search, clock, isLive, onFollow, onChange } = props
  const isFollowing = useWindowValue(lines, () => lines.isFollowing)
  return (
    <div className="border-line flex flex-wrap items-center gap-x-1.5 gap-y-1 border-b px-2 py-1.5">
      <Button
        size="sm"
        className="w-22"
        title={isFollowing ? 'Pause (Space)' : 'Go to the newest line and follow (Space or End)'}
        icon={
          isFollowing ? <Pause className="size-4" aria-hidden /> : <Play className="size-4" aria-hidden />
        }
        onClick={() => (isFollowing ? lines.setFollowing(false) : onFollow())}
      >
        {isFollowing ? 'Pause' : 'Follow'}
      </Button>
      <LogStatus lines={lines} at={search.at} isLive={isLive} />
      <TimeJump at={search.at} onJump={(at) => onChange({ at, line: undefined })} />
      <Toggle
        isOn={search.chart}
        label="Histogram"
        title="Show how many lines there are over time"
        icon={<ChartColumn className="size-4" aria-hidden />}
        onToggle={() => onChange({ chart: !search.chart })}
      />
      <Toggle
        isOn={search.json === 'fields'}
        label="Fields"
        title="Show lines that are JSON objects as their fields"
        icon={<Braces className="size-4" aria-hidden />}
        onToggle={() => onChange({ json: search.json === 'fields' ? 'raw' : 'fields' })}
      />
      <Toggle
        isOn={search.wrap}
        label="Wrap"
        title="Wrap long lines"
        icon={<WrapText className="size-4" aria-hidden />}
        onToggle={() => onChange({ wrap: !search.wrap })}
      />
      <Toggle
        isOn={clock === 'received'}
        label={clock === 'received' ? 'Received time' : 'Device time'}
        title={
          clock === 'received'
            ? 'Times are when the gateway received a line; press for the device’s own clock'
            : 'Times are by the device’s own clock; press for when the gateway received a line'
        }
        icon={<Watch className="size-4" aria-hidden />}
        onToggle={() => onChange({ clock: clock === 'received' ? 'device' : 'received' })}
      />
      <Button
        size="sm"
        variant="ghost"
        icon={<Copy className="size-4" aria-hidden />}
        title="Copy the selected lines, or all in sight"
        // The press must not clear the selection that it is about.
        onMouseDown={(event) => event.preventDefault()}
        onClick={props.onCopy}
      >
        <span className="max-sm:sr-only">Copy</span>
      </Button>
      <Button
        size="sm"
        variant="ghost"
        icon={<Link className="size-4" aria-hidden />}
        title="Copy a link to what is shown now"
        onClick={props.onCopyLink}
      >
        <span className="max-sm:sr-only">Link</span>
      </Button>
      <Button
        size="sm"
        variant="ghost"
        icon={<Download className="size-4" aria-hidden />}
        onClick={props.onDownload}
      >
        <span className="max-sm:sr-only">Download</span>
      </Button>
    </div>
  )
}

type LogStatusProps = { lines: LogWindow; at: string | undefined; isLive: boolean }
/** What changes with every line, and nothing beside it. */
function LogStatus({ lines, at, isLive }: LogStatusProps) {
  useWindowVersion(lines)
  const { isFollowing } = lines
  return (
    <span
      className="text-ink-muted min-w-24 flex-1 basis-0 truncate px-1 text-[13px]"
      data-testid="log-status"
    >
      {isFollowing
        ? 'Following'
        : !isLive
          ? 'Stored lines'
          : at !== undefined && lines.hasNewer
            ? `At ${formatInstant(at)}`
            : 'Paused'}
      {!isFollowing && isLive && `, ${formatNoun(lines.sinceCount, 'new line')}`}
      <span title="Lines held by this page; older ones load as you scroll up">
        {` · ${formatNoun(lines.lineCount, 'line')}`}
      </span>
    </span>
  )
}

type ToggleProps = {
  isOn: boolean
  label: string
  title: string
  icon?: React.ReactNode
  onToggle: () => void
}
function Toggle({ isOn, label, title, icon, onToggle }: ToggleProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      title={title}
      onClick={onToggle}
      className={cn(buttonClass('ghost', 'sm'), isOn && 'bg-accent-soft! text-accent-ink!')}
    >
      {icon}
      <span className="max-sm:sr-only">{label}</span>
    </button>
  )
}
