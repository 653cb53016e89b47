import { Box, CircuitBoard, Container, HardDrive, Network, ShieldCheck, type LucideIcon } from 'lucide-react'
import type { DeviceDetail, LayerState } from '#contract/device'
import type { HealthReason, Layer } from '#contract/health'
import { healthWords, layerWords, reasonWords } from '@/domain/device-words'
import { cn } from '@/lib/cn'
import { Panel } from '@/ui/panel'
import { RelativeTime } from '@/ui/relative-time'
import { Badge, Status, toneFill, toneText } from '@/ui/status'
import { layerHeadline, stackOf } from './device-layers'
import { OsSlots } from './os-slots'

const icons: Record<Layer, LucideIcon> = {
  service: Box,
  supervisor: ShieldCheck,
  engine: Container,
  'host-os': HardDrive,
  network: Network,
  hardware: CircuitBoard,
}

function Reason({ reason }: { reason: HealthReason }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <span className={cn('font-medium', toneText[reason.severity])}>{reasonWords[reason.code]}</span>
      <span className="min-w-0 break-words">{reason.evidence}</span>
      <span className="text-ink-muted text-[13px]">
        since <RelativeTime at={reason.since} />
      </span>
    </li>
  )
}

function LayerRow({ state, device }: { state: LayerState; device: DeviceDetail }) {
  const Icon = icons[state.layer]
  const { label, tone } = healthWords[state.health]
  return (
    <li className="border-line relative flex gap-3 border-b py-2.5 pr-4 pl-5 last:border-b-0">
      <span
        aria-hidden
        className={cn(
          'absolute inset-y-0 left-0 w-1',
          toneFill[tone],
          state.health === 'ok' && 'opacity-40',
          state.health === 'unknown' && 'opacity-50',
        )}
      />
      <Icon className="text-ink-muted mt-0.5 size-[18px] shrink-0" aria-hidden />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium break-all">{state.name}</span>
          {state.layer === 'service' && <span className="text-ink-muted text-[13px]">service</span>}
          {state.reasons.length === 0 && (
            <span className="text-ink-muted min-w-0 break-words">{state.summary}</span>
          )}
        </div>
        {state.reasons.length > 0 && (
          <ul className="mt-0.5 space-y-0.5">
            {state.reasons.map((reason) => (
              <Reason key={reason.code} reason={reason} />
            ))}
          </ul>
        )}
        {state.layer === 'host-os' && <OsSlots hostOs={device.hostOs} />}
      </div>
      <Badge tone={tone} className="self-start">
        {label}
      </Badge>
    </li>
  )
}

/** The device layer by layer, services on top of what carries them. */
export function LayersPanel({ device }: { device: DeviceDetail }) {
  const { tone, text } = layerHeadline(device)
  return (
    <Panel title="Layers" isFlush>
      <p className="border-line bg-sunken/60 border-b px-4 py-2.5">
        <Status tone={tone} className="items-start">
          <span className="whitespace-normal">{text}</span>
        </Status>
      </p>
      <ol
        aria-label={`Layers, from ${layerWords.service.toLowerCase()}s down to ${layerWords.hardware.toLowerCase()}`}
      >
        {stackOf(device).map((state) => (
          <LayerRow key={`${state.layer}/${state.name}`} state={state} device={device} />
        ))}
      </ol>
    </Panel>
  )
}
