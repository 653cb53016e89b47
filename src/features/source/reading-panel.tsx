import type { SourceProblem, SourceReading } from '#contract/source'
import { formatCount, formatNoun } from '@/lib/format'
import { formatClock, formatDuration, formatInstant } from '@/lib/time'
import { FactList } from '@/ui/fact-list'
import { Meter } from '@/ui/meter'
import { Panel } from '@/ui/panel'
import { Status } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { feedWords, problemWords, readingWords } from './source-words'
import type { HeardSource } from './source.queries'
import { useGatewayTime } from './use-gateway-time'

/** Why it cannot be read now, and what to do about it. */
function PresentProblem({ problem }: { problem: SourceProblem }) {
  return (
    <div role="alert" className="bg-critical-soft rounded-md px-3 py-2">
      <Status tone="critical" className="items-start">
        <span className="whitespace-normal">
          <strong>{problemWords[problem.code]}</strong> since {formatInstant(problem.since)}.
        </span>
      </Status>
      <p className="mt-1 break-words">{problem.sentence}</p>
    </div>
  )
}

function Feeds({ reading, nowMs }: { reading: SourceReading; nowMs: number }) {
  return (
    <Table label="What is read">
      <thead>
        <tr>
          <HeaderCell>What</HeaderCell>
          <HeaderCell className="text-right">Up to date</HeaderCell>
          <HeaderCell className="text-right">Read every</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {reading.feeds.map((feed) => (
          <tr key={feed.name}>
            <Cell>{feedWords[feed.name]}</Cell>
            <Cell className="text-right tabular-nums">
              {feed.readAt === null
                ? 'not read yet'
                : `${formatDuration(nowMs - Date.parse(feed.readAt))} ago`}
            </Cell>
            <Cell className="text-right tabular-nums">{formatDuration(feed.everySeconds * 1000)}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

/** How a source is read that must be asked: how old what is shown is, what it costs there, and what keeps it from being newer. */
export function ReadingPanel({ told, reading }: { told: HeardSource; reading: SourceReading }) {
  const nowMs = useGatewayTime(told)
  const { label, tone } = readingWords[reading.state]
  const share = (reading.requestsLastMinute / reading.requestsPerMinute) * 100
  const quietMs = reading.quietUntil === null ? 0 : Date.parse(reading.quietUntil) - nowMs
  return (
    <Panel title="Reading" hint="It tells nothing by itself, so it is asked for what changed.">
      <div className="space-y-4">
        {reading.problem && <PresentProblem problem={reading.problem} />}
        <FactList
          facts={[
            { name: 'State', value: <Status tone={tone}>{label}</Status> },
            {
              name: 'Shown here',
              value:
                reading.readAt === null
                  ? 'Nothing yet'
                  : `All that happened to devices until ${formatClock(reading.readAt)}`,
            },
            {
              name: 'Requests',
              value: (
                <>
                  <span className="tabular-nums">
                    {formatCount(reading.requestsLastMinute)} of {formatCount(reading.requestsPerMinute)} in
                    the last minute
                  </span>
                  <Meter
                    label="Requests of the last minute, of those that may be made"
                    percent={share}
                    tone={share >= 100 ? 'attention' : 'neutral'}
                    className="mt-1 max-w-60"
                  />
                </>
              ),
            },
            ...(reading.quietUntil !== null && quietMs > 0
              ? [
                  {
                    name: 'Left alone until',
                    value: `${formatClock(reading.quietUntil)}, because it asked for it or failed`,
                  },
                ]
              : []),
            {
              name: 'Waiting targets',
              value:
                reading.waitingTargets === 0
                  ? 'None: all that was set here is set there'
                  : `${formatNoun(reading.waitingTargets, 'target')} set here and not yet there`,
            },
          ]}
        />
        <Feeds reading={reading} nowMs={nowMs} />
      </div>
    </Panel>
  )
}
