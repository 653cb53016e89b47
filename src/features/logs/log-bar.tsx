import { Copy, Download, Pause, Play, Watch, WrapText } from 'lucide-react'
import { cn } from '@/lib/cn'
import { formatNoun } from '@/lib/format'
import { formatInstant } from '@/lib/time'
import { Button, buttonClass } from '@/ui/button'
import type { LogClock, LogSearch } from './log-search'
import type { LogWindow } from './log-window'
import { TimeJump } from './time-jump'
import { useWindowVersion } from './use-log-window'

type LogBarProps = {
  lines: LogWindow
  search: LogSearch
  clock: LogClock
  onFollow: () => void
  onCopy: () => void
  onDownload: () => void
  onChange: (change: Partial<LogSearch>) => void
}

/** How the lines are read: follow or pause, time, wrapping, clock, copy, download. */
export function LogBar({ lines, search, clock, onFollow, onCopy, onDownload, onChange }: LogBarProps) {
  useWindowVersion(lines)
  const { isFollowing } = lines
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
      <span
        className="text-ink-muted min-w-24 flex-1 basis-0 truncate px-1 text-[13px]"
        data-testid="log-status"
      >
        {isFollowing
          ? 'Following'
          : search.at !== undefined && lines.hasNewer
            ? `At ${formatInstant(search.at)}`
            : 'Paused'}
        {!isFollowing && `, ${formatNoun(lines.sinceCount, 'new line')}`}
        <span title="Lines held by this page; older ones load as you scroll up">
          {` · ${formatNoun(lines.lineCount, 'line')}`}
        </span>
      </span>
      <TimeJump at={search.at} onJump={(at) => onChange({ at })} />
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
        onClick={onCopy}
      >
        <span className="max-sm:sr-only">Copy</span>
      </Button>
      <Button
        size="sm"
        variant="ghost"
        icon={<Download className="size-4" aria-hidden />}
        onClick={onDownload}
      >
        <span className="max-sm:sr-only">Download</span>
      </Button>
    </div>
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
