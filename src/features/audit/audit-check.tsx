import { useQuery } from '@tanstack/react-query'
import { BadgeCheck } from 'lucide-react'
import { useState } from 'react'
import type { AuditCheck } from '#contract/audit'
import { formatCount, formatNoun } from '@/lib/format'
import { Button } from '@/ui/button'
import { CopyButton } from '@/ui/copy-button'
import { Dialog } from '@/ui/dialog'
import { QueryView } from '@/ui/query-view'
import { auditQueries } from './audit.queries'

/** Asks whether the log is as it was written. */
export function AuditCheckButton() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button icon={<BadgeCheck className="size-4" aria-hidden />} onClick={() => setOpen(true)}>
        Check the log
      </Button>
      {isOpen && <CheckDialog onClose={() => setOpen(false)} />}
    </>
  )
}

function CheckDialog({ onClose }: { onClose: () => void }) {
  const query = useQuery(auditQueries.check())
  return (
    <Dialog
      title="Is the log as it was written?"
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      <QueryView query={query} what="the seals of all entries">
        {(check) => <Found check={check} />}
      </QueryView>
    </Dialog>
  )
}

function Found({ check }: { check: AuditCheck }) {
  const { head } = check
  return (
    <div className="space-y-3">
      {check.isWhole ? (
        <p>
          Yes: {formatNoun(check.sealed, 'sealed entry', 'sealed entries')} follow on each other, and nothing
          was changed, taken out or put in between.
        </p>
      ) : (
        <div role="alert" className="text-critical space-y-1">
          <p className="font-medium">
            No. Somebody wrote into the database past the gateway; compare with a backup.
          </p>
          <ul className="list-disc pl-5 text-[13px]">
            {check.faults.map((fault) => (
              <li key={`${String(fault.position)} ${String(fault.entryId)} ${fault.what}`}>
                {fault.position === null ? '' : `At seal ${formatCount(fault.position)}`}
                {fault.entryId === null ? '' : ` (entry ${formatCount(fault.entryId)})`}: {fault.what}
              </li>
            ))}
          </ul>
        </div>
      )}
      {check.waiting > 0 && (
        <p className="text-ink-muted text-[13px]">
          {formatNoun(check.waiting, 'entry', 'entries')} of the last seconds{' '}
          {check.waiting === 1 ? 'is' : 'are'} not sealed yet.
        </p>
      )}
      {head && (
        <div className="text-[13px]">
          <p className="text-ink-muted">
            The newest seal is number {formatCount(head.position)}. Keep it elsewhere: that the newest entries
            were taken away with their seals shows only by comparing.
          </p>
          <p className="mt-1 flex items-center gap-2">
            <code className="min-w-0 truncate">{head.hash}</code>
            <CopyButton text={`${String(head.position)} ${head.hash}`} label="Copy the newest seal" />
          </p>
        </div>
      )}
    </div>
  )
}
