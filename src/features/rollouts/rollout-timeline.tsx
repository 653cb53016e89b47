import {
  BadgeCheck,
  CircleCheck,
  CircleStop,
  DoorOpen,
  Hourglass,
  SkipForward,
  TriangleAlert,
  Pause,
  Play,
  RotateCcw,
  Send,
  Undo2,
  type LucideIcon,
} from 'lucide-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ROLLOUT_TIMELINE_LENGTH, type RolloutDetail, type RolloutEvent } from '#contract/rollout'
import { Button } from '@/ui/button'
import { Panel } from '@/ui/panel'
import { RelativeTime } from '@/ui/relative-time'
import { rolloutQueries } from './rollouts.queries'

const icons: Record<string, LucideIcon> = {
  'rollout.start': Send,
  'rollout.pause': Pause,
  'rollout.resume': Play,
  'rollout.abort': CircleStop,
  'rollout.retry-failed': RotateCcw,
  'rollout.roll-back': Undo2,
  'rollout.rolled-back': Undo2,
  'rollout.approve': BadgeCheck,
  'rollout.skip-phase': SkipForward,
  'rollout.phase-opened': DoorOpen,
  'rollout.awaiting-approval': Hourglass,
  'rollout.tripped': TriangleAlert,
  'rollout.phase-late': TriangleAlert,
}

function TimelineEntry({ entry }: { entry: RolloutEvent }) {
  const Icon = icons[entry.action] ?? CircleCheck
  return (
    <li className="flex items-start gap-2.5 px-4 py-1.5">
      <Icon className="text-ink-muted mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0">
        <p className="break-words">{entry.summary}</p>
        <p className="text-ink-muted text-[13px]">
          {entry.actor} · <RelativeTime at={entry.at} />
        </p>
      </div>
    </li>
  )
}

/** What came live and what was read back, each entry once, newest first. */
const joinEvents = (live: readonly RolloutEvent[], read: readonly RolloutEvent[]) =>
  [...new Map([...read, ...live].map((entry) => [entry.id, entry])).values()].sort((a, b) => b.id - a.id)

/** Who did what, and what the rollout did by itself and why, newest first, back to its start. */
export function RolloutTimeline({ rollout }: { rollout: RolloutDetail }) {
  const [isLonger, setLonger] = useState(false)
  const older = useInfiniteQuery({ ...rolloutQueries.timeline(rollout.id), enabled: isLonger })
  const entries = joinEvents(rollout.timeline, older.data?.pages.flatMap((page) => page.rows) ?? [])
  const mayBeMore = isLonger
    ? older.hasNextPage || older.data === undefined
    : rollout.timeline.length >= ROLLOUT_TIMELINE_LENGTH
  return (
    <Panel title="Timeline" isFlush>
      {entries.length === 0 ? (
        <p className="text-ink-muted p-4">Nothing is recorded of it.</p>
      ) : (
        // A box that scrolls must be reachable by keyboard.
        <div
          role="group"
          aria-label="Entries of the timeline"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          className="max-h-96 overflow-y-auto py-1"
        >
          <ol>
            {entries.map((entry) => (
              <TimelineEntry key={entry.id} entry={entry} />
            ))}
          </ol>
          {older.isError && (
            <p role="alert" className="text-critical px-4 py-1 text-[13px]">
              {older.error.message}
            </p>
          )}
          {mayBeMore && (
            <div className="flex justify-center p-2">
              <Button
                size="sm"
                isPending={older.isFetching}
                onClick={() => {
                  if (!isLonger) setLonger(true)
                  else if (older.isError) void older.refetch()
                  else void older.fetchNextPage()
                }}
              >
                Show older
              </Button>
            </div>
          )}
        </div>
      )}
    </Panel>
  )
}
