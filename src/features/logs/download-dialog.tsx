import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import type { LogSelector } from '#contract/log'
import { rangeLengthMs } from '@/domain/time-range-search'
import { apiPath } from '@/lib/api'
import { formatBytes, formatNoun } from '@/lib/format'
import { buttonClass } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, Select } from '@/ui/field'
import { meanBytes, type ExportFormat } from './export-size'
import { endsOf, hasRange, type LogEnds, type LogSearch } from './log-search'
import type { LogWindow } from './log-window'
import { logQueries } from './logs.queries'
import { rangeWords } from './range-picker'

const spans = ['15m', '1h', '24h'] as const

type DownloadDialogProps = {
  selector: LogSelector
  search: LogSearch
  lines: LogWindow
  onClose: () => void
}

/** Downloads stored lines that match the present filters, of the range looked at or another. */
export function DownloadDialog({ selector, search, lines, onClose }: DownloadDialogProps) {
  const isRanged = hasRange(search)
  const [span, setSpan] = useState(isRanged ? 'shown' : '1h')
  const [format, setFormat] = useState<ExportFormat>('text')
  const [openedAtMs] = useState(() => Date.now())
  const ends = endsOfSpan(span, search, openedAtMs)
  const href = apiPath('exportLogs', { query: { ...selector, ...ends, format } })
  return (
    <Dialog
      title="Download log lines"
      onClose={onClose}
      footer={
        <a href={href} download onClick={onClose} className={buttonClass('primary')}>
          <Download className="size-4" aria-hidden />
          Download
        </a>
      }
    >
      <div className="space-y-4">
        <p>All stored lines that match the filters now set, oldest first.</p>
        <Field label="From when">
          {(field) => (
            <Select {...field} value={span} onChange={(event) => setSpan(event.target.value)}>
              {isRanged && <option value="shown">{rangeWords(search)}</option>}
              {spans.map((one) => (
                <option key={one} value={one}>
                  {rangeWords({ range: one })}
                </option>
              ))}
              <option value="all">Everything stored</option>
            </Select>
          )}
        </Field>
        <Field
          label="Format"
          hint={
            format === 'text'
              ? 'One line of text each: time, device, service, level, message.'
              : 'One JSON object a line, with every field: for programs.'
          }
        >
          {(field) => (
            <Select
              {...field}
              value={format}
              onChange={(event) => setFormat(event.target.value === 'ndjson' ? 'ndjson' : 'text')}
            >
              <option value="text">Text</option>
              <option value="ndjson">NDJSON</option>
            </Select>
          )}
        </Field>
        <Estimate selector={selector} ends={ends} bytesPerLine={meanBytes(lines, format)} />
      </div>
    </Dialog>
  )
}

function endsOfSpan(span: string, search: LogSearch, openedAtMs: number): LogEnds {
  if (span === 'shown') return endsOf(search, openedAtMs)
  const lengthMs = rangeLengthMs(span)
  return lengthMs === null ? {} : { from: new Date(openedAtMs - lengthMs).toISOString() }
}

type EstimateProps = { selector: LogSelector; ends: LogEnds; bytesPerLine: number | null }

/** How much there is to come, so that nobody starts gigabytes unawares. */
function Estimate({ selector, ends, bytesPerLine }: EstimateProps) {
  const counted = useQuery(logQueries.histogram(selector, ends, 1))
  const isReady = counted.data !== undefined && !counted.isPlaceholderData
  const about = counted.data?.isSampled === true ? 'about ' : ''
  return (
    <p role="status" className="text-ink-muted text-[13px] tabular-nums">
      {counted.isError
        ? `The size could not be estimated: ${counted.error.message}`
        : !isReady
          ? 'Estimating the size…'
          : `${about}${formatNoun(counted.data.total, 'line')}${
              bytesPerLine === null ? '' : `, about ${formatBytes(counted.data.total * bytesPerLine)}`
            }. It is streamed as it is read.`}
    </p>
  )
}
