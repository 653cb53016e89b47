import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { RolloutDetail, RolloutDevice } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { formatCount } from '@/lib/format'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { RelativeTime } from '@/ui/relative-time'
import { ErrorState, LoadingState } from '@/ui/states'
import { rolloutQueries } from './rollouts.queries'

/** Draws log lines of a device around a moment. */
export type FailureLog = (of: { device: RolloutDevice; at: string }) => ReactNode

type FailureDevicesProps = {
  rollout: RolloutDetail
  failure: RolloutDetail['failures'][number]
  /** The device whose log lines are shown. */
  logOf: string | undefined
  onLogOf: (uuid: string | undefined) => void
  renderLog: FailureLog
}

/** All devices that failed of one reason; the last lines of each are a click away. */
export function FailureDevices({ rollout, failure, logOf, onLogOf, renderLog }: FailureDevicesProps) {
  const query = useInfiniteQuery(rolloutQueries.failure(rollout.id, failure.key))
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? []
  const listed = rows.find((device) => device.uuid === logOf)
  // A link may name one that stands further down than the list was read.
  const isFurther = logOf !== undefined && listed === undefined && query.hasNextPage
  const further = useQuery({
    ...rolloutQueries.failedDevice(rollout.id, failure.key, logOf ?? ''),
    enabled: isFurther,
  })
  const shown = listed ?? (isFurther ? further.data : undefined) ?? null
  if (query.data === undefined)
    return query.isError ? (
      <ErrorState error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <LoadingState what="devices" />
    )
  const total = query.data.pages.at(-1)?.total ?? rows.length
  return (
    <>
      <ul aria-label={`Devices: ${failure.reason}`} className="divide-line mt-2 divide-y">
        {rows.map((device) => (
          <li key={device.uuid} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5 text-[13px]">
            <span className="min-w-0 flex-1 basis-32">
              <Link
                to={`/devices/${device.uuid}`}
                className="block truncate font-medium hover:underline"
                title={device.name}
              >
                {device.name}
              </Link>
              <span className="text-ink-muted">
                {device.state !== 'failed' && `${rolloutDeviceWords[device.state].label} · `}failed{' '}
                <RelativeTime at={device.failedAt} fallback="at a time not kept" />
              </span>
            </span>
            <Button size="sm" aria-label={`Log lines of ${device.name}`} onClick={() => onLogOf(device.uuid)}>
              Log lines
            </Button>
          </li>
        ))}
      </ul>
      {query.isError && (
        <p role="alert" className="text-critical mt-1 text-[13px]">
          {query.error.message}
        </p>
      )}
      {query.hasNextPage && (
        <Button
          size="sm"
          className="mt-1"
          isPending={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more ({formatCount(Math.max(0, total - rows.length))})
        </Button>
      )}
      {shown !== null && (
        <Dialog size="lg" title={`Log of ${shown.name} when it failed`} onClose={() => onLogOf(undefined)}>
          <p className="text-ink-soft mb-3 break-words">{shown.reason ?? failure.reason}</p>
          {renderLog({ device: shown, at: shown.failedAt ?? shown.updatedAt })}
        </Dialog>
      )}
    </>
  )
}
