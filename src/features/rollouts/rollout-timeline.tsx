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
import type { RolloutDetail } from '#contract/rollout'
import { Panel } from '@/ui/panel'
import { RelativeTime } from '@/ui/relative-time'

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

/** Who did what, and what the rollout did by itself, newest first. */
export function RolloutTimeline({ rollout }: { rollout: RolloutDetail }) {
  return (
    <Panel title="Timeline" isFlush>
      {rollout.timeline.length === 0 ? (
        <p className="text-ink-muted p-4">Nothing is recorded of it.</p>
      ) : (
        // It scrolls, so the keyboard must reach it.
        <div
          role="group"
          aria-label="Entries of the timeline"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          className="max-h-80 overflow-y-auto py-1"
        >
          <ol>
            {rollout.timeline.map((entry) => {
              const Icon = icons[entry.action] ?? CircleCheck
              return (
                <li key={entry.id} className="flex items-start gap-2.5 px-4 py-1.5">
                  <Icon className="text-ink-muted mt-0.5 size-4 shrink-0" aria-hidden />
                  <div className="min-w-0">
                    <p className="break-words">{entry.summary}</p>
                    <p className="text-ink-muted text-[13px]">
                      {entry.actor} · <RelativeTime at={entry.at} />
                    </p>
                  </div>
                </li>
              )
            })}
          </ol>
        </div>
      )}
    </Panel>
  )
}
