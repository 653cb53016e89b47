import { Link } from 'react-router'
import type { LogLine } from '#contract/log'
import { logLevelWords } from '@/domain/device-words'
import { formatFullInstant, formatPreciseClock } from '@/lib/time'
import { Button, buttonClass } from '@/ui/button'
import { CopyButton } from '@/ui/copy-button'
import { Dialog } from '@/ui/dialog'
import { FactList } from '@/ui/fact-list'
import { Status } from '@/ui/status'
import { plainText } from './ansi'
import { LogMessage } from './log-message'
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
  line: LogLine
  onShowAround: (at: string) => void
  onClose: () => void
}

/** One line with all that is known of it. */
export function LineDetails({ line, onShowAround, onClose }: LineDetailsProps) {
  const json = asJson(line.message)
  const { label, tone } = logLevelWords[line.level]
  const exact = (at: string) => `${formatPreciseClock(at)}, ${formatFullInstant(at)}`
  return (
    <Dialog
      title="Log line"
      size="lg"
      onClose={onClose}
      footer={
        <>
          <Link to={`/devices/${line.deviceUuid}`} className={buttonClass()}>
            Open the device
          </Link>
          <Button onClick={() => onShowAround(line.receivedAt)}>Show the lines around it</Button>
        </>
      }
    >
      <div className="space-y-4">
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
        <div>
          <div className="flex items-center justify-between">
            <h3 className="text-ink-soft text-[13px] font-medium">Text</h3>
            <CopyButton label="Copy the text" text={plainText(line.message)} />
          </div>
          <Block label="Text">
            <LogMessage message={line.message} matcher={null} isWhole />
          </Block>
        </div>
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
