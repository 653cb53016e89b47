import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ReleaseService } from '#contract/release'
import { formatBytes, formatNoun, shortHash } from '@/lib/format'
import { CopyButton } from '@/ui/copy-button'
import { FactList } from '@/ui/fact-list'

const strategyMeaning: Record<ReleaseService['updateStrategy'], string> = {
  'download-then-kill': 'Downloads the new image while the old one runs, then swaps.',
  'kill-then-download': 'Stops the old container first: less memory, longer outage.',
  'delete-then-download': 'Deletes the old image first: least storage, longest outage.',
  'hand-over': 'The new container starts before the old one stops.',
}

function Pairs({ record, none }: { record: Record<string, string>; none: string }) {
  const entries = Object.entries(record)
  if (entries.length === 0) return <span className="text-ink-muted">{none}</span>
  return (
    <ul className="space-y-0.5 font-mono text-[13px]">
      {entries.map(([key, value]) => (
        <li key={key} className="break-all">
          {key}=<span className="text-ink-soft">{value}</span>
        </li>
      ))}
    </ul>
  )
}

function Layers({ layers }: { layers: ReleaseService['layers'] }) {
  if (layers.length === 0) return <span className="text-ink-muted">not declared</span>
  const largest = Math.max(...layers.map((layer) => layer.sizeBytes), 1)
  return (
    <ol className="space-y-1">
      {layers.map((layer, index) => (
        <li key={`${index} ${layer.digest}`} className="flex items-center gap-2">
          <span className="text-ink-soft w-20 shrink-0 truncate font-mono text-[13px]" title={layer.digest}>
            {shortHash(layer.digest.replace(/^sha256:/, ''))}
          </span>
          <span className="bg-sunken h-1.5 w-28 overflow-hidden rounded-full" aria-hidden>
            <span
              className="bg-line-strong block h-full"
              style={{ width: `${(layer.sizeBytes / largest) * 100}%` }}
            />
          </span>
          <span className="text-[13px] tabular-nums">{formatBytes(layer.sizeBytes)}</span>
        </li>
      ))}
    </ol>
  )
}

const facts = (service: ReleaseService): { name: string; value: ReactNode }[] => [
  {
    name: 'Image',
    value: (
      <span className="flex items-start gap-1">
        <span className="min-w-0 font-mono text-[13px] break-all">{service.image}</span>
        <CopyButton text={service.image} label={`Copy the image of ${service.name}`} />
      </span>
    ),
  },
  {
    name: 'Digest',
    value:
      service.digest === null ? (
        <span className="text-attention">none: two devices may pull different images under this name</span>
      ) : (
        <span className="font-mono text-[13px] break-all">{service.digest}</span>
      ),
  },
  { name: 'Architecture', value: service.architecture ?? <span className="text-ink-muted">not said</span> },
  {
    name: 'Update',
    value: (
      <>
        {service.updateStrategy}
        <span className="text-ink-muted block text-[13px]">{strategyMeaning[service.updateStrategy]}</span>
      </>
    ),
  },
  { name: 'Variables', value: <Pairs record={service.environment} none="none in the file" /> },
  { name: 'Labels', value: <Pairs record={service.labels} none="none" /> },
  { name: 'Layers', value: <Layers layers={service.layers} /> },
]

/** The containers of a release; each opens to everything the file says of it. */
export function ReleaseServices({ services }: { services: readonly ReleaseService[] }) {
  return (
    <ul className="divide-line divide-y">
      {services.map((service) => (
        <li key={service.name}>
          <details className="group" open={services.length === 1}>
            <summary className="hover:bg-sunken/60 flex cursor-pointer list-none flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
              <span className="flex min-w-40 items-center gap-2 font-medium">
                <ChevronRight
                  className="text-ink-muted size-4 shrink-0 transition-transform group-open:rotate-90"
                  aria-hidden
                />
                {service.name}
              </span>
              <span className="text-ink-soft min-w-0 flex-1 basis-60 truncate font-mono text-[13px]">
                {service.image.split('@')[0]}
              </span>
              <span className="text-ink-muted text-[13px]">{service.architecture ?? 'any architecture'}</span>
              <span className="text-[13px] tabular-nums">
                {service.sizeBytes === null ? (
                  <span className="text-ink-muted">size not known</span>
                ) : (
                  <>
                    {formatBytes(service.sizeBytes)}
                    {service.layers.length > 0 && (
                      <span className="text-ink-muted"> in {formatNoun(service.layers.length, 'layer')}</span>
                    )}
                  </>
                )}
              </span>
            </summary>
            <div className="px-4 pt-1 pb-4 sm:pl-10">
              <FactList facts={facts(service)} />
            </div>
          </details>
        </li>
      ))}
    </ul>
  )
}
