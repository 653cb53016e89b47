import { Bot, Cpu, KeyRound, User, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import type { AuditEntry } from '#contract/audit'
import { formatFullInstant, formatInstant } from '@/lib/time'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { FactList } from '@/ui/fact-list'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { AuditSubject } from './audit-subject'

export const actorWords: Record<AuditEntry['actorKind'], { label: string; icon: LucideIcon }> = {
  user: { label: 'Person', icon: User },
  'api-token': { label: 'API token', icon: KeyRound },
  device: { label: 'Device', icon: Cpu },
  system: { label: 'Gateway', icon: Bot },
}

function Actor({ entry }: { entry: AuditEntry }) {
  const { label, icon: Icon } = actorWords[entry.actorKind]
  return (
    <span className="inline-flex max-w-full items-center gap-1.5" title={label}>
      <Icon className="text-ink-muted size-4 shrink-0" aria-label={label} />
      <bdi className="truncate">{entry.actor}</bdi>
    </span>
  )
}

type EntriesProps = { entries: readonly AuditEntry[] }

/** Entries as a table or, on a phone, as cards; each opens with all that is known of it. */
export function AuditEntries({ entries, isNarrow }: EntriesProps & { isNarrow: boolean }) {
  const [open, setOpen] = useState<AuditEntry | null>(null)
  const Entries = isNarrow ? EntryCards : EntryTable
  return (
    <>
      <Entries entries={entries} onOpen={setOpen} />
      {open && <EntryDialog entry={open} onClose={() => setOpen(null)} />}
    </>
  )
}

type OpenProps = { onOpen: (entry: AuditEntry) => void }

function Summary({ entry, onOpen }: { entry: AuditEntry } & OpenProps) {
  return (
    <button
      type="button"
      className="hover:text-accent-ink text-left break-words underline-offset-2 hover:underline"
      onClick={() => onOpen(entry)}
    >
      <bdi>{entry.summary}</bdi>
    </button>
  )
}

function EntryTable({ entries, onOpen }: EntriesProps & OpenProps) {
  return (
    <Table label="Audit log entries">
      <thead>
        <tr>
          <HeaderCell>When</HeaderCell>
          <HeaderCell>Who</HeaderCell>
          <HeaderCell>What</HeaderCell>
          <HeaderCell>Subject</HeaderCell>
          <HeaderCell>Action</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <Cell className="whitespace-nowrap tabular-nums">
              <time dateTime={entry.at} title={formatFullInstant(entry.at)}>
                {formatInstant(entry.at)}
              </time>
            </Cell>
            <Cell className="max-w-56">
              <Actor entry={entry} />
            </Cell>
            <Cell className="min-w-60 break-words">
              <Summary entry={entry} onOpen={onOpen} />
            </Cell>
            <Cell className="whitespace-nowrap">
              <AuditSubject entry={entry} />
            </Cell>
            <Cell className="text-ink-muted font-mono text-[12.5px] whitespace-nowrap">{entry.action}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

function EntryCards({ entries, onOpen }: EntriesProps & OpenProps) {
  return (
    <ul aria-label="Audit log entries">
      {entries.map((entry) => (
        <li key={entry.id} className="border-line space-y-1 border-b px-4 py-2.5">
          <p>
            <Summary entry={entry} onOpen={onOpen} />
          </p>
          <p className="text-ink-muted flex flex-wrap gap-x-3 gap-y-0.5 text-[13px]">
            <time dateTime={entry.at} className="tabular-nums">
              {formatInstant(entry.at)}
            </time>
            <Actor entry={entry} />
            <AuditSubject entry={entry} />
          </p>
        </li>
      ))}
    </ul>
  )
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const hasData = Object.keys(entry.data).length > 0
  return (
    <Dialog
      title={`Entry ${String(entry.id)}`}
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      <div className="space-y-4">
        <p className="break-words">
          <bdi>{entry.summary}</bdi>
        </p>
        <FactList
          facts={[
            { name: 'When', value: formatFullInstant(entry.at) },
            { name: 'Who', value: <bdi>{`${entry.actor} (${actorWords[entry.actorKind].label})`}</bdi> },
            { name: 'From', value: entry.address === '' ? 'not kept' : entry.address },
            { name: 'Action', value: entry.action },
            { name: 'Subject', value: <AuditSubject entry={entry} /> },
          ]}
        />
        {hasData && (
          <div>
            <p className="text-ink-soft mb-1 text-[13px] font-medium">What else is known of it</p>
            <pre className="border-line bg-panel max-h-72 overflow-auto rounded-md border px-3 py-2 font-mono text-[12.5px] wrap-anywhere whitespace-pre-wrap">
              {JSON.stringify(entry.data, null, 2)}
            </pre>
          </div>
        )}
      </div>
    </Dialog>
  )
}
