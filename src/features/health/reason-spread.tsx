import { Link } from 'react-router'
import type { ExplainedReason, HealthShare } from '#contract/health'
import { shareText, spreadVerdict } from './spread-words'

function Count({ share, of, to }: { share: HealthShare; of: string; to: string }) {
  const text = `${shareText(share)} ${of}`
  return share.count === 0 ? (
    <span className="tabular-nums">{text}</span>
  ) : (
    <Link to={to} className="text-accent-ink tabular-nums underline">
      {text}
    </Link>
  )
}

/** How many others show the reason now, by release and type, each leading to the list of them. */
export function ReasonSpread({ fleetId, explained }: { fleetId: number; explained: ExplainedReason }) {
  const { spread, reason } = explained
  const base = `/devices?fleetId=${fleetId}&reason=${reason.code}`
  const { release, deviceType } = spread
  return (
    <div className="mt-0.5">
      <p className="break-words">{spreadVerdict(spread, explained.isAboutChange)}</p>
      {spread.fleet.of > 1 && (
        <ul className="text-ink-muted mt-0.5 flex flex-wrap gap-x-4 gap-y-0.5 text-[13px]">
          <li>
            <Count share={spread.fleet} of="of this fleet" to={base} />
          </li>
          {release && (
            <li>
              <Count
                share={release.same}
                of={`on release ${release.semver}`}
                to={`${base}&release=${release.id}`}
              />
              {release.others.of > 0 && `, ${release.others.count} of ${release.others.of} on others`}
            </li>
          )}
          <li>
            <Count
              share={deviceType.same}
              of={`of type ${deviceType.slug}`}
              to={`${base}&deviceType=${encodeURIComponent(deviceType.slug)}`}
            />
            {deviceType.others.of > 0 && `, ${deviceType.others.count} of ${deviceType.others.of} of others`}
          </li>
        </ul>
      )}
    </div>
  )
}
