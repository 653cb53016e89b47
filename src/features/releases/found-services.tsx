import type { ImageInfo, ReleaseService } from '#contract/release'
import { formatBytes, formatNoun } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { Cell, HeaderCell, Table } from '@/ui/table'

/** What devices would run, as the check read it from the file. */
export function FoundServices(props: {
  services: readonly ReleaseService[]
  images: Record<string, ImageInfo>
}) {
  const { services, images } = props
  return (
    <Panel
      title="Services found"
      hint={services.length === 0 ? undefined : formatNoun(services.length, 'container')}
      isFlush
    >
      {services.length === 0 ? (
        <p className="text-ink-muted p-4">They appear here as soon as the file can be read.</p>
      ) : (
        <Table label="Services found">
          <thead>
            <tr>
              <HeaderCell>Service</HeaderCell>
              <HeaderCell>Image</HeaderCell>
              <HeaderCell>Architecture</HeaderCell>
              <HeaderCell>Update</HeaderCell>
              <HeaderCell className="text-right">Size</HeaderCell>
            </tr>
          </thead>
          <tbody>
            {services.map((service) => {
              const info = images[service.name]
              return (
                <tr key={service.name} className="[&:last-child>td]:border-b-0">
                  <Cell className="font-medium">{service.name}</Cell>
                  <Cell className="max-w-72 truncate font-mono text-[13px]" title={service.image}>
                    {service.image.split('@')[0]}
                  </Cell>
                  <Cell className="text-ink-soft whitespace-nowrap">
                    {service.architecture ?? 'not said'}
                  </Cell>
                  <Cell className="text-ink-soft whitespace-nowrap">{service.updateStrategy}</Cell>
                  <Cell className="text-right whitespace-nowrap tabular-nums">
                    {info === undefined ? (
                      <span className="text-ink-muted">not given</span>
                    ) : (
                      formatBytes(info.sizeBytes)
                    )}
                  </Cell>
                </tr>
              )
            })}
          </tbody>
        </Table>
      )}
    </Panel>
  )
}
