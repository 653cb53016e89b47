import { Download, Printer } from 'lucide-react'
import type { RolloutReport as Report } from '#contract/rollout-report'
import { rolloutWords } from '@/domain/device-words'
import { targetLabel } from '@/domain/rollout-target-words'
import { apiPath } from '@/lib/api'
import { formatFullInstant } from '@/lib/time'
import { Button, buttonClass } from '@/ui/button'
import { PageHeader } from '@/ui/page-header'
import { Badge } from '@/ui/status'
import { ReportFailures, ReportNotUpdated } from './report-devices'
import { ReportFacts } from './report-facts'
import { ReportGates, ReportPhases } from './report-phases'
import { ReportTimeline } from './report-timeline'
import { isMoving } from './rollout-state'

/** A rollout told from its start to its end, or so far, to be printed, kept or sent to somebody. */
export function RolloutReport({ report }: { report: Report }) {
  const { rollout } = report
  const { label, tone } = rolloutWords[rollout.state]
  const title = `Report on ${targetLabel(rollout.target)} to ${rollout.fleetName}`
  const download = (format: 'csv' | 'json') =>
    apiPath('exportRollout', { params: { rolloutId: rollout.id }, query: { format } })
  return (
    <article className="mx-auto max-w-5xl print:max-w-none">
      <PageHeader
        title={title}
        trail={[
          { label: 'Rollouts', to: '/rollouts' },
          { label: `Rollout ${rollout.id}`, to: `/rollouts/${rollout.id}` },
        ]}
        aside={<Badge tone={tone}>{label}</Badge>}
        actions={
          <div className="flex flex-wrap gap-2 print:hidden">
            <a className={buttonClass()} href={download('csv')} download>
              <Download className="size-4" aria-hidden />
              Devices (CSV)
            </a>
            <a className={buttonClass()} href={download('json')} download>
              <Download className="size-4" aria-hidden />
              Everything (JSON)
            </a>
            <Button
              variant="primary"
              icon={<Printer className="size-4" aria-hidden />}
              onClick={() => window.print()}
            >
              Print
            </Button>
          </div>
        }
      >
        {isMoving(rollout.state) ? 'So far' : 'In the end'}, as of {formatFullInstant(report.generatedAt)}
      </PageHeader>
      {rollout.haltReason !== null && (
        <p className="bg-attention-soft text-attention mb-4 rounded-md px-3 py-2 break-words">
          {rollout.haltReason}
        </p>
      )}
      <div className="space-y-4">
        <ReportFacts report={report} />
        <ReportPhases report={report} />
        <ReportGates report={report} />
        <ReportFailures report={report} />
        <ReportNotUpdated report={report} />
        <ReportTimeline report={report} />
      </div>
    </article>
  )
}
