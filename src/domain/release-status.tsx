import { CircleCheck, CircleX, PencilLine, type LucideIcon } from 'lucide-react'
import type { ReleaseStatus } from '#contract/release'
import { Badge, Status, type Tone } from '@/ui/status'

/** How the statuses of releases are called and toned on screen. */
export const releaseStatusWords: Record<
  ReleaseStatus,
  { label: string; tone: Tone; icon: LucideIcon; meaning: string }
> = {
  draft: {
    label: 'Draft',
    tone: 'neutral',
    icon: PencilLine,
    meaning: 'Fleets that track the latest release do not follow it; it can be sent and pinned.',
  },
  final: {
    label: 'Final',
    tone: 'ok',
    icon: CircleCheck,
    meaning: 'Fleets that track the latest release follow the newest final one.',
  },
  failed: { label: 'Failed', tone: 'critical', icon: CircleX, meaning: 'Never offered to a device.' },
}

export function ReleaseStatusText({ status }: { status: ReleaseStatus }) {
  const { label, tone, icon, meaning } = releaseStatusWords[status]
  return (
    <Status tone={tone} icon={icon} title={meaning}>
      {label}
    </Status>
  )
}

export function ReleaseStatusBadge({ status }: { status: ReleaseStatus }) {
  const { label, tone, icon, meaning } = releaseStatusWords[status]
  return (
    <Badge tone={tone} icon={icon} title={meaning}>
      {label}
    </Badge>
  )
}
