import { useLiveQuery } from '@/live/use-live-query'
import { CopyButton } from '@/ui/copy-button'
import { FactList } from '@/ui/fact-list'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { AbilitiesPanel } from './abilities-panel'
import { ConnectionTest } from './connection-test'
import { ReadingPanel } from './reading-panel'
import { sourceQueries } from './source.queries'

const settings = [
  'WHEELHOUSE_SOURCE=balena',
  'BALENA_API_URL=https://api.example.com',
  'BALENA_API_TOKEN=<an API key of a user there>',
].join('\n')

/** How the fleets of another backend are shown instead. */
function PointElsewhere() {
  return (
    <Panel
      title="Show the fleets of an openBalena"
      hint="A gateway shows its own devices or those of an openBalena or balenaCloud, never both."
    >
      <div className="space-y-3">
        <p>
          Start a gateway, with a database of its own, with these environment variables. It then reads fleets,
          devices and releases there, and sets there what they run.
        </p>
        <div className="border-line bg-sunken flex items-start gap-1 rounded-md border p-1 pl-3">
          <pre
            className="min-w-0 flex-1 overflow-x-auto py-1.5 font-mono text-[12.5px]"
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
          >
            {settings}
          </pre>
          <CopyButton text={settings} label="Copy the settings" />
        </div>
        <p className="text-ink-muted">
          From an existing openBalena to a dashboard in five minutes:{' '}
          <span className="font-mono text-[13px]">docs/openbalena.md</span>, which comes with Wheelhouse.
        </p>
      </div>
    </Panel>
  )
}

/** Where fleets come from, how it is read, what it can do, and whether the connection works. */
export function SourceSettings() {
  const query = useLiveQuery(sourceQueries.status())
  return (
    <QueryView query={query} what="where fleets come from">
      {(told) => {
        const { name, address, missing, reading } = told.status
        return (
          <div className="space-y-4">
            <Panel title="Where fleets come from">
              {address === null ? (
                <p>
                  Devices talk to <strong>{name}</strong> itself: they register here, report here and ask here
                  for what to run. Nothing is read from elsewhere.
                </p>
              ) : (
                <FactList
                  facts={[
                    { name: 'Source', value: <bdi>{name}</bdi> },
                    { name: 'Address', value: <bdi className="break-all">{address}</bdi> },
                  ]}
                />
              )}
            </Panel>
            {reading && <ReadingPanel told={told} reading={reading} />}
            {address !== null && <ConnectionTest />}
            <AbilitiesPanel missing={missing} />
            {address === null && <PointElsewhere />}
          </div>
        )
      }}
    </QueryView>
  )
}
