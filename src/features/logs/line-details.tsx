import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { readLogFields, type FieldCondition } from '#contract/log-fields'
import type { LogLine } from '#contract/log'
import { logLevelWords } from '@/domain/device-words'
import { ApiError } from '@/lib/api'
import { formatFullInstant, formatPreciseClock } from '@/lib/time'
import { Button, buttonClass } from '@/ui/button'
import { CopyButton } from '@/ui/copy-button'
import { Dialog } from '@/ui/dialog'
import { FactList } from '@/ui/fact-list'
import { EmptyState, ErrorState, LoadingState } from '@/ui/states'
import { Status } from '@/ui/status'
import { plainText } from './ansi'
import { FieldTable } from './field-table'
import { LineContext } from './line-context'
import { LogMessage } from './log-message'
import { logQueries } from './logs.queries'
import { visibleText } from './visible-text'

/** The line as indented JSON, if it is JSON that has parts; control characters in it made visible. */
function asJson(message: string): string | null {
  const text = plainText(message).trim()
  if (!/^[{[]/.test(text)) return null
  try {
    return JSON.stringify(JSON.parse(text), null, 2).split('\n').map(visibleText).join('\n')
  } catch {
    return null
  }
}

type LineDetailsProps = {
  lineId: number
  /** The line, when the list has it already. */
  known: LogLine | null
  context: number
  onContext: (count: number) => void
  onOpen: (line: LogLine) => void
  onFilter: (condition: FieldCondition) => void
  onShowInLog: (line: LogLine) => void
  onCopyLink: (line: LogLine) => void
  onClose: () => void
}

/** One line with all that is known of it, and the lines around it. */
export function LineDetails(props: LineDetailsProps) {
  const { lineId, context, onClose } = props
  const query = useQuery(logQueries.context(lineId, context, context))
  const line = query.data?.line ?? props.known
  if (line) return <KnownLine {...props} line={line} />
  const isGone = query.error instanceof ApiError && query.error.status === 404
  return (
    <Dialog title="Log line" size="lg" onClose={onClose}>
      {isGone ? (
        <EmptyState title="This line is no longer stored">
          Lines are kept for as long as the fleet’s settings say. The list behind stands where it would be.
        </EmptyState>
      ) : query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <LoadingState what="the line" />
      )}
    </Dialog>
  )
}

function KnownLine(props: LineDetailsProps & { line: LogLine }) {
  const { line, context, onFilter } = props
  const json = asJson(line.message)
  const fields = readLogFields(line.message)
  return (
    <Dialog
      title="Log line"
      size="lg"
      onClose={props.onClose}
      footer={
        <>
          <Link to={`/devices/${line.deviceUuid}`} className={buttonClass()}>
            Open the device
          </Link>
          <Button onClick={() => props.onShowInLog(line)}>Show in the whole log</Button>
          <Button variant="primary" onClick={() => props.onCopyLink(line)}>
            Copy link to this line
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <LineFacts line={line} />
        <div>
          <div className="flex items-center justify-between">
            <h3 className="text-ink-soft text-[13px] font-medium">Text</h3>
            <CopyButton label="Copy the text" text={plainText(line.message)} />
          </div>
          <Block label="Text">
            <LogMessage message={line.message} matcher={null} isWhole />
          </Block>
        </div>
        <LineContext lineId={line.id} count={context} onCount={props.onContext} onOpen={props.onOpen} />
        {fields !== null && (
          <div>
            <h3 className="text-ink-soft mb-1 text-[13px] font-medium">Fields</h3>
            <FieldTable fields={fields} onFilter={onFilter} />
          </div>
        )}
        {json !== null && (
          <div>
            <h3 className="text-ink-soft mb-1 text-[13px] font-medium">As JSON</h3>
            <Block label="JSON">{json}</Block>
          </div>
        )}
      </div>
    </Dialog>
  )
}

function LineFacts({ line }: { line: LogLine }) {
  const { label, tone } = logLevelWords[line.level]
  const exact = (at: string) => `${formatPreciseClock(at)}, ${formatFullInstant(at)}`
  return (
    <FactList
      facts={[
        { name: 'Device', value: <bdi>{visibleText(line.deviceName)}</bdi> },
        {
          name: 'From',
          value: (
            <>
              <bdi>{visibleText(line.service ?? 'the system')}</bdi>,{' '}
              {line.isStderr ? 'standard error' : 'standard output'}
            </>
          ),
        },
        { name: 'Level', value: <Status tone={tone}>{label}</Status> },
        { name: 'Device’s clock', value: exact(line.at) },
        { name: 'Received', value: exact(line.receivedAt) },
      ]}
    />
  )
}

function Block({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <pre
      role="region"
      aria-label={label}
      // A box that scrolls must be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="border-line bg-panel max-h-80 overflow-auto rounded-md border p-3 font-mono text-[12.5px] wrap-anywhere whitespace-pre-wrap"
    >
      {children}
    </pre>
  )
}
