import { EllipsisVertical, Play, RotateCw, Square } from 'lucide-react'
import type { DeviceDetail, ServiceState } from '#contract/device'
import type { ActionKind } from '#contract/device-action'
import { shortImage } from '@/domain/image-words'
import { shortHash } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { IconButton } from '@/ui/icon-button'
import { Menu } from '@/ui/menu'
import { Panel } from '@/ui/panel'
import { Status, type Tone } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'

type Ask = (kind: ActionKind, serviceName: string) => void
/** Why the device cannot be asked for it; null when it can. */
type RefusalOf = (kind: ActionKind) => string | null
type ServicesPanelProps = { device: DeviceDetail; ask: Ask; refusalOf: RefusalOf }

const moving =
  /^(downloading|downloaded|installing|installed|starting|stopping|handing over|awaiting handover|configuring|deleting)$/i

/** How the words of the supervisor are to be taken. */
export function serviceTone(
  service: Pick<ServiceState, 'status' | 'shouldRun' | 'isStopped'>,
  isFailing: boolean,
): Tone {
  if (isFailing) return 'critical'
  if (/^running$/i.test(service.status)) return 'ok'
  if (moving.test(service.status)) return 'updating'
  return service.shouldRun && !service.isStopped ? 'attention' : 'neutral'
}

function ServiceRow({ service, device, ask, refusalOf }: ServicesPanelProps & { service: ServiceState }) {
  const mayAct = useMay('support')
  const cannot = useMissing('device-actions')
  const layer = device.layers.find((state) => state.layer === 'service' && state.name === service.name)
  const isFailing = layer?.reasons.some((reason) => reason.code !== 'service-wrong-release') ?? false
  const isLooping = layer?.reasons.some((reason) => reason.code === 'service-crash-loop') ?? false
  const isOther = device.targetRelease !== null && service.releaseCommit !== device.targetRelease.commit
  const isRunning = /^running$/i.test(service.status)
  const refused = mayAct ? cannot : 'Needs the role support'
  const offered = (whyNot: string | null) => ({
    isDisabled: whyNot !== null,
    ...(whyNot === null ? {} : { hint: whyNot }),
  })
  const items = [
    {
      label: 'Restart…',
      icon: <RotateCw aria-hidden />,
      onSelect: () => ask('restart-service', service.name),
      ...offered(refused ?? refusalOf('restart-service')),
    },
    isRunning
      ? {
          label: 'Stop…',
          icon: <Square aria-hidden />,
          onSelect: () => ask('stop-service', service.name),
          ...offered(refused),
          isDangerous: true,
        }
      : {
          label: 'Start',
          icon: <Play aria-hidden />,
          onSelect: () => ask('start-service', service.name),
          ...offered(refused),
        },
  ]
  return (
    <tr>
      <Cell className="font-medium">{service.name}</Cell>
      <Cell>
        <Status tone={serviceTone(service, isFailing)}>
          {isLooping ? `Crash-looping (${service.status})` : service.status}
          {service.isStopped && ' (stopped from here)'}
          {service.downloadPercent !== null && ` ${service.downloadPercent} %`}
        </Status>
      </Cell>
      <Cell className="max-w-80">
        <span className="block truncate" title={service.image ?? undefined}>
          {service.image === null ? '–' : shortImage(service.image)}
        </span>
        {service.releaseCommit !== null && (
          <span className="text-ink-muted block text-[13px]">
            <span className="font-mono">{shortHash(service.releaseCommit)}</span>
            {isOther && ', not the target'}
          </span>
        )}
      </Cell>
      <Cell className="text-right tabular-nums">{service.restarts ?? '–'}</Cell>
      <Cell className="text-right tabular-nums">{service.lastExitCode ?? '–'}</Cell>
      <Cell className="w-0 py-0">
        <Menu
          label={`Actions on ${service.name}`}
          items={items}
          trigger={<IconButton label={`Actions on ${service.name}`} icon={<EllipsisVertical />} />}
        />
      </Cell>
    </tr>
  )
}

/** The services as the supervisor tells of them; during an update one can be there under two releases. */
export function ServicesPanel({ device, ask, refusalOf }: ServicesPanelProps) {
  return (
    <Panel title="Services" isFlush>
      {device.services.length === 0 ? (
        <p className="text-ink-muted p-4">
          {device.connectivity === 'never'
            ? 'The device has not reported any service yet.'
            : 'The device reports no services: it has no release yet, or has not started any.'}
        </p>
      ) : (
        <Table label="Services of the device">
          <thead>
            <tr>
              <HeaderCell>Service</HeaderCell>
              <HeaderCell>State</HeaderCell>
              <HeaderCell>Image</HeaderCell>
              <HeaderCell className="text-right">Restarts</HeaderCell>
              <HeaderCell className="text-right">Last exit</HeaderCell>
              <HeaderCell>
                <span className="sr-only">Actions</span>
              </HeaderCell>
            </tr>
          </thead>
          <tbody>
            {device.services.map((service) => (
              <ServiceRow
                key={`${service.name}/${service.releaseCommit ?? ''}`}
                service={service}
                device={device}
                ask={ask}
                refusalOf={refusalOf}
              />
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  )
}
