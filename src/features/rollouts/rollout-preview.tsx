import type { UseQueryResult } from '@tanstack/react-query'
import { ArrowUpRight, TriangleAlert } from 'lucide-react'
import { Link } from 'react-router'
import type { RolloutPreview as Preview } from '#contract/rollout'
import { formatBytes, formatCount, formatNoun, formatSaving } from '@/lib/format'
import { formatDuration } from '@/lib/time'
import { Panel } from '@/ui/panel'
import { ErrorState, LoadingState } from '@/ui/states'
import { SpreadBar } from '@/ui/spread-bar'
import { PreviewDevices } from './preview-devices'
import { previewParts } from './preview-shares'

type RolloutPreviewProps = {
  query: UseQueryResult<Preview>
  fleetId: number
  deviceTypeName: (slug: string) => string
}

/** Whom the rollout would reach and what it would cost, asked anew as the plan changes. Changes nothing. */
export function RolloutPreview({ query, fleetId, deviceTypeName }: RolloutPreviewProps) {
  return (
    <Panel
      title="Preview"
      hint={
        query.isPlaceholderData
          ? 'Asking again… What you see is of the plan before.'
          : 'As the fleet is now. Nothing is changed by it.'
      }
    >
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <LoadingState what="the preview" />
      ) : (
        // Not faded: what is read for a moment longer needs its contrast.
        <div className="space-y-4" aria-busy={query.isPlaceholderData}>
          <Whom preview={query.data} fleetId={fleetId} deviceTypeName={deviceTypeName} />
          <PreviewDevices preview={query.data} />
          <Phases preview={query.data} />
          <Duration estimate={query.data.estimate} />
          <Cost preview={query.data} />
        </div>
      )}
    </Panel>
  )
}

function Whom(props: { preview: Preview; fleetId: number; deviceTypeName: (slug: string) => string }) {
  const { preview, fleetId, deviceTypeName } = props
  const { conflict } = preview
  return (
    <>
      <p>
        <span className="text-2xl leading-tight font-semibold tabular-nums">
          {formatCount(preview.willUpdate)}
        </span>{' '}
        of {formatNoun(preview.total, 'device')} will be updated
      </p>
      <SpreadBar label="Devices of the rollout" parts={previewParts(preview)} hasLegend />
      {conflict !== null && (
        <p className="bg-critical-soft text-critical flex items-start gap-2 rounded-md px-3 py-2 text-[13px]">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span>
            <Link to={`/rollouts/${conflict.rolloutId}`} className="font-medium underline">
              Rollout {conflict.rolloutId}
            </Link>{' '}
            still owns {formatNoun(conflict.devices, 'device')} of these. Let it end, abort it or roll it back
            first.
          </span>
        </p>
      )}
      {preview.offline > 0 && (
        <p className="text-ink-soft text-[13px]">
          {formatNoun(preview.offline, 'device')} cannot be heard now and{' '}
          {preview.offline === 1 ? 'is' : 'are'} owed it: offered when they return.{' '}
          <DevicesLink to={`/devices?fleetId=${fleetId}&connectivity=offline,never`}>Show them</DevicesLink>
        </p>
      )}
      {preview.pinned > 0 && (
        <p className="text-ink-soft text-[13px]">
          {formatNoun(preview.pinned, 'device')} {preview.pinned === 1 ? 'is' : 'are'} pinned and left alone.{' '}
          <DevicesLink to={`/devices?fleetId=${fleetId}&pinned=true`}>Show them</DevicesLink>
        </p>
      )}
      {preview.incompatible.length > 0 && (
        <ul className="text-[13px]" aria-label="Devices that cannot run it">
          {preview.incompatible.map((group) => (
            <li key={group.deviceType} className="border-line flex gap-3 border-t py-1.5">
              <span className="min-w-0 flex-1">
                <span className="font-medium">{deviceTypeName(group.deviceType)}</span>
                <span className="text-ink-muted block">{group.reason}</span>
              </span>
              <DevicesLink to={`/devices?fleetId=${fleetId}&deviceType=${group.deviceType}`}>
                {formatNoun(group.count, 'device')}
              </DevicesLink>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Phases({ preview }: { preview: Preview }) {
  if (preview.phases.length < 2) return null
  return (
    <div className="border-line border-t pt-3">
      <h3 className="text-ink-soft mb-1 text-[13px] font-medium">Phases</h3>
      <ol className="space-y-1">
        {preview.phases.map((phase, index) => (
          <li key={index} className="flex flex-wrap items-baseline gap-x-2 tabular-nums">
            <span className="text-ink-muted w-4 text-right">{phase.isControl ? '' : index + 1}</span>
            <span className="min-w-0 flex-1 truncate">{phase.name}</span>
            {phase.offline > 0 && (
              <span className="text-ink-muted text-[13px]">{formatCount(phase.offline)} offline</span>
            )}
            {phase.estimatedBytes !== null && (
              <span className="text-ink-muted text-[13px] whitespace-nowrap">
                about {formatBytes(phase.estimatedBytes)}
              </span>
            )}
            <span className="font-medium whitespace-nowrap">{formatNoun(phase.devices, 'device')}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}

const MINUTE_MS = 60_000

function Duration({ estimate }: { estimate: Preview['estimate'] }) {
  const { minimumMinutes, basis } = estimate
  return (
    <div className="border-line border-t pt-3">
      <h3 className="text-ink-soft mb-1 text-[13px] font-medium">How long (estimate)</h3>
      <p>
        {minimumMinutes !== null && (
          <span className="font-semibold tabular-nums">
            at least {formatDuration(minimumMinutes * MINUTE_MS)}
          </span>
        )}
        <span className="text-ink-muted block text-[13px]">{basis}</span>
      </p>
    </div>
  )
}

function DevicesLink({ to, children }: { to: string; children: React.ReactNode }) {
  return (
    <Link
      to={to}
      target="_blank"
      className="text-accent-ink inline-flex items-center gap-0.5 whitespace-nowrap underline underline-offset-2"
    >
      {children}
      <ArrowUpRight className="size-3.5" aria-hidden />
    </Link>
  )
}

function Cost({ preview }: { preview: Preview }) {
  const { estimatedBytes, fullBytes } = preview
  return (
    <div className="border-line border-t pt-3">
      <h3 className="text-ink-soft mb-1 text-[13px] font-medium">Bytes to send (estimate)</h3>
      {estimatedBytes === null || fullBytes === null ? (
        <p className="text-ink-muted text-[13px]">Not known: there are no image sizes to go by.</p>
      ) : (
        <>
          <div
            role="img"
            aria-label={`${formatBytes(estimatedBytes)} of ${formatBytes(fullBytes)}`}
            className="bg-sunken border-line h-3 overflow-hidden rounded-full border"
          >
            <div
              className="bg-fill-updating h-full"
              style={{ width: `${fullBytes === 0 ? 0 : (estimatedBytes / fullBytes) * 100}%` }}
            />
          </div>
          <p className="mt-1.5 tabular-nums">
            <span className="font-semibold">{formatBytes(estimatedBytes)}</span>
            <span className="text-ink-muted">
              {' '}
              by missing layers · full pulls {formatBytes(fullBytes)}
              {fullBytes > estimatedBytes && ` · ${formatSaving(estimatedBytes, fullBytes)}`}
            </span>
          </p>
          <p className="text-ink-muted text-[13px]">Deltas between images can make it less.</p>
        </>
      )}
    </div>
  )
}
