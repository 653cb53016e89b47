import { Download } from 'lucide-react'
import { useState } from 'react'
import type { LogSelector } from '#contract/log'
import { apiPath } from '@/lib/api'
import { buttonClass } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, Select } from '@/ui/field'

const MINUTE_MS = 60_000
const spans = [
  { key: '15', label: 'The last 15 minutes', ms: 15 * MINUTE_MS },
  { key: '60', label: 'The last hour', ms: 60 * MINUTE_MS },
  { key: '1440', label: 'The last 24 hours', ms: 24 * 60 * MINUTE_MS },
  { key: 'all', label: 'Everything stored', ms: null },
] as const

/** Downloads stored lines that match the present filters. */
export function DownloadDialog({ selector, onClose }: { selector: LogSelector; onClose: () => void }) {
  const [span, setSpan] = useState('60')
  const [format, setFormat] = useState('text')
  const [openedAtMs] = useState(() => Date.now())
  const ms = spans.find((one) => one.key === span)?.ms ?? null
  const href = apiPath('exportLogs', {
    query: { ...selector, format, ...(ms === null ? {} : { from: new Date(openedAtMs - ms).toISOString() }) },
  })
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
              {spans.map((one) => (
                <option key={one.key} value={one.key}>
                  {one.label}
                </option>
              ))}
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
            <Select {...field} value={format} onChange={(event) => setFormat(event.target.value)}>
              <option value="text">Text</option>
              <option value="ndjson">NDJSON</option>
            </Select>
          )}
        </Field>
      </div>
    </Dialog>
  )
}
