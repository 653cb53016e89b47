import { useQuery } from '@tanstack/react-query'
import { GitCompare, Send } from 'lucide-react'
import { Link, useNavigate, useParams } from 'react-router'
import type { ReleaseDetail } from '#contract/release'
import { ReleaseStatusBadge } from '@/domain/release-status'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { ComposeView } from '@/features/releases/compose-view'
import { madeBy } from '@/features/releases/made-by'
import { ReleaseNotes } from '@/features/releases/release-notes'
import { ReleaseServices } from '@/features/releases/release-services'
import { ReleaseStatusActions } from '@/features/releases/release-status-actions'
import { ReleaseUsage } from '@/features/releases/release-usage'
import { releaseKeys, releaseQueries } from '@/features/releases/releases.queries'
import { useReleasesLive } from '@/features/releases/use-releases-live'
import { formatBytes, formatNoun } from '@/lib/format'
import { FleetContext, useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { useLiveQuery } from '@/live/use-live-query'
import { buttonClass } from '@/ui/button'
import { CopyButton } from '@/ui/copy-button'
import { FactList } from '@/ui/fact-list'
import { Menu } from '@/ui/menu'
import { PageHeader } from '@/ui/page-header'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'

export function Component() {
  const releaseId = Number(useParams()['releaseId'])
  const query = useQuery(releaseQueries.one(releaseId))
  useReleasesLive(query.data?.fleetId, releaseKeys.one(releaseId), query.data?.cursor ?? null)
  return (
    <QueryView query={query} what="the release">
      {(release) => (
        <FleetContext value={release.fleetId}>
          <Release key={release.id} release={release} />
        </FleetContext>
      )}
    </QueryView>
  )
}

function Release({ release }: { release: ReleaseDetail }) {
  const fleet = useLiveQuery(fleetQueries.one(release.fleetId)).data?.fleet
  const types = useQuery(fleetQueries.deviceTypes())
  const followers = fleet?.policy.kind === 'track-latest' ? fleet.devices.total : null
  const typeName = (slug: string) => types.data?.deviceTypes.find((type) => type.slug === slug)?.name ?? slug
  return (
    <>
      <PageHeader
        title={release.semver}
        trail={[
          { label: 'Releases', to: '/releases' },
          { label: release.fleetName, to: `/fleets/${release.fleetId}/releases` },
        ]}
        aside={<ReleaseStatusBadge status={release.status} />}
        actions={
          <>
            <CompareMenu release={release} />
            <ReleaseStatusActions release={release} followers={followers} />
            <SendLink release={release} />
          </>
        }
      >
        Made <RelativeTime at={release.createdAt} /> {madeBy(release)}
        {release.isFleetTarget && ` · what ${release.fleetName} should run`}
      </PageHeader>
      {release.failureReason !== null && (
        <p className="bg-critical-soft text-critical mb-4 rounded-md px-3 py-2">
          Marked as failed: {release.failureReason}
        </p>
      )}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(18rem,1fr)]">
        <div className="min-w-0 space-y-4">
          <Panel title={`Services`} hint={formatNoun(release.services.length, 'container')} isFlush>
            <ReleaseServices services={release.services} />
          </Panel>
          <ComposeView text={release.composeYaml} fileName={`docker-compose-${release.semver}.yml`} />
        </div>
        <div className="min-w-0 space-y-4 max-lg:order-first">
          <ReleaseUsage release={release} />
          <Panel title="Facts">
            <FactList
              facts={[
                {
                  name: 'Commit',
                  value: (
                    <span className="flex items-start gap-1">
                      <span className="min-w-0 font-mono text-[13px] break-all">{release.commit}</span>
                      <CopyButton text={release.commit} label="Copy the commit" />
                    </span>
                  ),
                },
                {
                  name: 'Size',
                  value:
                    release.sizeBytes === null ? (
                      <span className="text-ink-muted">not known: image sizes were not declared</span>
                    ) : (
                      `${formatBytes(release.sizeBytes)} for a full pull`
                    ),
                },
                {
                  name: 'Device types',
                  value:
                    release.deviceTypes.length === 0
                      ? 'All that can run its images'
                      : release.deviceTypes.map(typeName).join(', '),
                },
                {
                  name: 'Finalised',
                  value: <RelativeTime at={release.finalisedAt} fallback="not yet" />,
                },
              ]}
            />
          </Panel>
          <ReleaseNotes release={release} />
        </div>
      </div>
    </>
  )
}

function SendLink({ release }: { release: ReleaseDetail }) {
  const maySend = useMay('release-manager')
  const canSend = useMissing('target-releases') === null
  if (release.status === 'failed' || !maySend || !canSend) return null
  return (
    <Link
      to={`/rollouts/new?fleetId=${release.fleetId}&releaseId=${release.id}`}
      className={buttonClass('primary')}
    >
      <Send className="size-4" aria-hidden />
      Send to fleet
    </Link>
  )
}

const MAX_CHOICES = 12

function CompareMenu({ release }: { release: ReleaseDetail }) {
  const navigate = useNavigate()
  const choices = useQuery(releaseQueries.choices(release.fleetId))
  const others = (choices.data ?? []).filter((other) => other.id !== release.id).slice(0, MAX_CHOICES)
  if (others.length === 0) return null
  return (
    <Menu
      label="Compare with"
      trigger={
        <button type="button" className={buttonClass()}>
          <GitCompare className="size-4" aria-hidden />
          Compare with…
        </button>
      }
      items={others.map((other) => ({
        label: `${other.semver}${other.isFleetTarget ? ' (fleet target)' : ''}`,
        hint: `${other.status}, runs on ${formatNoun(other.runningCount, 'device')}`,
        // Older to newer reads as what an update changes.
        onSelect: () =>
          void navigate(
            `/releases/compare?from=${Math.min(other.id, release.id)}&to=${Math.max(other.id, release.id)}`,
          ),
      }))}
    />
  )
}
