import { Link } from 'react-router'
import type { ReleaseRow } from '#contract/release'
import { ReleaseStatusText } from '@/domain/release-status'
import { formatBytes, formatCount, shortHash } from '@/lib/format'
import { Checkbox } from '@/ui/checkbox'
import { RelativeTime } from '@/ui/relative-time'
import { Badge } from '@/ui/status'
import { Cell } from '@/ui/table'
import { madeBy } from './made-by'

type ReleaseTableRowProps = {
  release: ReleaseRow
  hasFleet: boolean
  isCompared: boolean
  onCompare: () => void
}

/** Devices that run it, of those that should; both lead to the devices. */
function Running({ release }: { release: ReleaseRow }) {
  return (
    <span className="whitespace-nowrap tabular-nums">
      {release.runningCount > 0 ? (
        <Link
          to={`/devices?fleetId=${release.fleetId}&release=${release.id}`}
          className="hover:underline"
          title="Devices that run it now"
        >
          {formatCount(release.runningCount)}
        </Link>
      ) : (
        <span className="text-ink-muted">0</span>
      )}
      <span className="text-ink-muted" title="Devices that should run it">
        {' '}
        / {formatCount(release.targetCount)}
      </span>
    </span>
  )
}

export function ReleaseTableRow({ release, hasFleet, isCompared, onCompare }: ReleaseTableRowProps) {
  return (
    <tr className="hover:bg-sunken/60">
      <Cell className="w-8 pr-0">
        <Checkbox
          aria-label={`Choose ${release.semver} (${shortHash(release.commit)}) to compare`}
          checked={isCompared}
          onChange={onCompare}
        />
      </Cell>
      <Cell>
        <span className="flex items-center gap-2 whitespace-nowrap">
          <Link to={`/releases/${release.id}`} className="font-medium hover:underline">
            {release.semver}
          </Link>
          {release.isFleetTarget && (
            <Badge tone="updating" title="What the fleet's devices should run unless pinned or in a rollout">
              fleet target
            </Badge>
          )}
        </span>
      </Cell>
      <Cell className="font-mono text-[13px]">{shortHash(release.commit)}</Cell>
      {hasFleet && (
        <Cell className="max-w-48 truncate">
          <Link to={`/fleets/${release.fleetId}`} className="hover:underline">
            {release.fleetName}
          </Link>
        </Cell>
      )}
      <Cell>
        <ReleaseStatusText status={release.status} />
      </Cell>
      <Cell className="text-right tabular-nums">{formatCount(release.serviceCount)}</Cell>
      <Cell className="text-right whitespace-nowrap tabular-nums">
        {release.sizeBytes === null ? (
          <span className="text-ink-muted" title="No image sizes were declared">
            not known
          </span>
        ) : (
          formatBytes(release.sizeBytes)
        )}
      </Cell>
      <Cell className="text-right">
        <Running release={release} />
      </Cell>
      <Cell className="text-ink-soft w-full max-w-0 min-w-40 truncate" title={release.notes}>
        {release.notes.split('\n')[0]}
      </Cell>
      <Cell className="text-ink-soft whitespace-nowrap">
        <RelativeTime at={release.createdAt} />
        <span
          className="text-ink-muted ml-1 inline-block max-w-28 truncate align-bottom"
          title={release.createdBy}
        >
          {madeBy(release)}
        </span>
      </Cell>
    </tr>
  )
}

/** The same where the window is too narrow for a table. */
export function ReleaseCard({ release, hasFleet, isCompared, onCompare }: ReleaseTableRowProps) {
  return (
    <li className="flex gap-3 px-4 py-3">
      <Checkbox
        className="mt-0.5"
        aria-label={`Choose ${release.semver} (${shortHash(release.commit)}) to compare`}
        checked={isCompared}
        onChange={onCompare}
      />
      <div className="min-w-0 flex-1 space-y-0.5">
        <div className="flex flex-wrap items-center gap-x-2">
          <Link to={`/releases/${release.id}`} className="font-medium hover:underline">
            {release.semver}
          </Link>
          <span className="text-ink-muted font-mono text-[13px]">{shortHash(release.commit)}</span>
          <span className="flex-1" />
          <ReleaseStatusText status={release.status} />
        </div>
        <p className="text-ink-soft text-[13px]">
          {hasFleet && `${release.fleetName} · `}runs on <Running release={release} />
          {release.sizeBytes !== null && ` · ${formatBytes(release.sizeBytes)}`}
          {release.isFleetTarget && ' · fleet target'}
        </p>
        {release.notes !== '' && (
          <p className="text-ink-muted truncate text-[13px]">{release.notes.split('\n')[0]}</p>
        )}
        <p className="text-ink-muted text-[13px]">
          <RelativeTime at={release.createdAt} /> {madeBy(release)}
        </p>
      </div>
    </li>
  )
}
