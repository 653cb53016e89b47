import { Link } from 'react-router'
import type { ExplainedReason } from '#contract/health'
import { useMay } from '@/lib/permission'
import { Status } from '@/ui/status'
import { auditPath, changePath, laterText } from './change-text'

type ReasonChangeProps = { explained: ExplainedReason; device: { uuid: string; fleetId: number } }

/** The change that stood just before a reason began, leading to it; nothing where changes are not the question. */
export function ReasonChange({ explained: { change, isAboutChange }, device }: ReasonChangeProps) {
  const mayAudit = useMay('release-manager')
  if (!isAboutChange) return null
  if (change === null)
    return <p className="text-ink-muted mt-0.5">Nothing known changed in the 30 min before it began.</p>
  const audit = mayAudit ? auditPath(change) : null
  return (
    <p className="mt-0.5">
      <Status tone="attention" className="items-start">
        <span className="text-ink break-words whitespace-normal">
          Began {laterText(change)} after{' '}
          <Link to={changePath(change, device)} className="text-accent-ink underline">
            {change.summary}
          </Link>
          {change.actor !== null && ` by ${change.actor}`}.
          {audit !== null && (
            <>
              {' '}
              <Link to={audit} className="text-accent-ink underline">
                Audit log
              </Link>
            </>
          )}
        </span>
      </Status>
    </p>
  )
}
