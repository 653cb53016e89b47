import { Minus, Pencil, Plus, Equal, type LucideIcon } from 'lucide-react'
import type { ReleaseComparison as Comparison } from '#contract/release'
import { formatBytes, formatNoun, formatSaving } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { Badge, type Tone } from '@/ui/status'
import { Table, HeaderCell, Cell } from '@/ui/table'
import { changeOrder, countChanges } from './release-changes'

type ServiceComparison = Comparison['services'][number]

export const changeWords: Record<
  ServiceComparison['change'],
  { label: string; tone: Tone; icon: LucideIcon }
> = {
  added: { label: 'Added', tone: 'ok', icon: Plus },
  removed: { label: 'Removed', tone: 'critical', icon: Minus },
  changed: { label: 'Changed', tone: 'attention', icon: Pencil },
  same: { label: 'Same', tone: 'neutral', icon: Equal },
}

/** Bytes a device on one release needs to get the other, as a part of a full pull. */
export function BytesBar(props: { label: string; missingBytes: number | null; fullBytes: number | null }) {
  const { label, missingBytes, fullBytes } = props
  if (missingBytes === null || fullBytes === null)
    return (
      <p className="text-ink-muted">
        Not known: the release was made without image sizes. Give them when making a release to see what an
        update costs.
      </p>
    )
  const share = fullBytes === 0 ? 0 : Math.min(100, (missingBytes / fullBytes) * 100)
  return (
    <div>
      <div
        role="img"
        aria-label={`${label}: ${formatBytes(missingBytes)} of ${formatBytes(fullBytes)}`}
        className="bg-sunken border-line h-3.5 overflow-hidden rounded-full border"
      >
        <div className="bg-fill-updating h-full rounded-full" style={{ width: `${share}%` }} />
      </div>
      <p className="mt-1.5 tabular-nums">
        <span className="font-semibold">{formatBytes(missingBytes)}</span> to send
        <span className="text-ink-muted">
          {' '}
          · a full pull is {formatBytes(fullBytes)}
          {fullBytes > missingBytes && ` · ${formatSaving(missingBytes, fullBytes)}`}
        </span>
      </p>
    </div>
  )
}

function Value({ value }: { value: string | null }) {
  return value === null ? (
    <span className="text-ink-muted">not set</span>
  ) : (
    <span className="font-mono text-[13px] break-all">{value}</span>
  )
}

function ServiceChange({ service, from, to }: { service: ServiceComparison; from: string; to: string }) {
  const { label, tone, icon } = changeWords[service.change]
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-medium">{service.name}</h3>
        <Badge tone={tone} icon={icon}>
          {label}
        </Badge>
        <span className="flex-1" />
        <span className="text-ink-muted text-[13px] tabular-nums">
          {service.change === 'removed'
            ? 'nothing to send'
            : service.missingBytes === null || service.fullBytes === null
              ? 'bytes not known'
              : `${formatBytes(service.missingBytes)} of ${formatBytes(service.fullBytes)}`}
        </span>
      </div>
      {service.change !== 'changed' && (
        <p className="text-ink-muted mt-0.5 font-mono text-[13px] break-all">
          {service.toImage ?? service.fromImage}
        </p>
      )}
      {service.differences.length > 0 && (
        <div className="border-line mt-2 rounded-md border">
          <Table label={`Differences of ${service.name}`}>
            <thead>
              <tr>
                <HeaderCell className="w-48">What</HeaderCell>
                <HeaderCell>{from}</HeaderCell>
                <HeaderCell>{to}</HeaderCell>
              </tr>
            </thead>
            <tbody>
              {service.differences.map((difference) => (
                <tr key={difference.field} className="[&:last-child>td]:border-b-0">
                  <Cell className="align-top">{difference.field}</Cell>
                  <Cell className="min-w-40 align-top">
                    <Value value={difference.from} />
                  </Cell>
                  <Cell className="min-w-40 align-top">
                    <Value value={difference.to} />
                  </Cell>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </li>
  )
}

/** What changes from one release to the other, and what that costs a device. */
export function ReleaseComparison({ comparison }: { comparison: Comparison }) {
  const { from, to } = comparison
  const counts = countChanges(comparison.services)
  const told = changeOrder
    .filter((change) => counts[change] > 0)
    .map((change) => `${counts[change]} ${changeWords[change].label.toLowerCase()}`)
  return (
    <div className="space-y-4">
      <Panel
        title={`A device on ${from.semver} needs, to get ${to.semver}`}
        hint="Layers it does not have; deltas between images can make it less."
      >
        <BytesBar
          label="Bytes to send"
          missingBytes={comparison.missingBytes}
          fullBytes={comparison.fullBytes}
        />
      </Panel>
      <Panel
        title="Services"
        hint={`${formatNoun(comparison.services.length, 'service')}: ${told.join(', ')}`}
        isFlush
      >
        <ul className="divide-line divide-y">
          {[...comparison.services]
            .sort((a, b) => changeOrder.indexOf(a.change) - changeOrder.indexOf(b.change))
            .map((service) => (
              <ServiceChange key={service.name} service={service} from={from.semver} to={to.semver} />
            ))}
        </ul>
      </Panel>
    </div>
  )
}
