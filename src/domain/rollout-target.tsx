import { Link } from 'react-router'
import type { RolloutTarget as Target } from '#contract/fleet'
import { targetLabel } from './rollout-target-words'

/** What a rollout sends; a release leads to its page, a host OS version has none. */
export function RolloutTarget({ target }: { target: Target }) {
  if (target.kind === 'host-os') return <span className="text-ink">{targetLabel(target)}</span>
  return (
    <Link
      to={`/releases/${target.release.id}`}
      className="text-ink decoration-line-strong underline underline-offset-2"
    >
      {targetLabel(target)}
    </Link>
  )
}
