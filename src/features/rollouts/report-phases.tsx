import type { RolloutDetail } from '#contract/rollout'
import type { RolloutReport } from '#contract/rollout-report'
import { rolloutProgress } from '@/domain/rollout-states'
import { formatCount } from '@/lib/format'
import { formatDuration, formatInstant } from '@/lib/time'
import { Panel } from '@/ui/panel'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { phaseWords } from './phase-words'
import { reachWords } from './plan-words'
import { GateTable } from './rollout-gate'
import { isBackward } from './rollout-state'

type Phase = RolloutDetail['phases'][number]
const numeric = 'text-right tabular-nums'
const time = (at: string | null) => (at === null ? '–' : formatInstant(at))

function took({ openedAt, passedAt }: Phase): string {
  return openedAt === null || passedAt === null
    ? '–'
    : formatDuration(Date.parse(passedAt) - Date.parse(openedAt))
}

/** What was planned of it, and how it stands. */
const phaseFacts = (phase: Phase): string[] => [
  phase.isControl ? 'held back to compare with' : reachWords(phase),
  phase.soakSeconds === 0 ? 'no soak' : `soak ${formatDuration(phase.soakSeconds * 1000)}`,
  ...(phase.approval === 'manual' ? ['approved by a person'] : []),
  phaseWords[phase.state].label.toLowerCase(),
  ...(phase.isSkipped ? ['gate skipped'] : []),
]

function PhaseRow({ phase, isBack }: { phase: Phase; isBack: boolean }) {
  const progress = rolloutProgress(phase.counts, isBack)
  return (
    <tr>
      <Cell>
        {phase.index + 1} {phase.name}
        <span className="text-ink-muted block text-[13px]">{phaseFacts(phase).join(', ')}</span>
      </Cell>
      <Cell className={numeric}>{formatCount(phase.total)}</Cell>
      <Cell className={numeric}>{formatCount(progress.done)}</Cell>
      <Cell className={numeric}>{formatCount(progress.failed)}</Cell>
      <Cell className={numeric}>{formatCount(progress.offline)}</Cell>
      <Cell className={numeric}>{formatCount(progress.skipped)}</Cell>
      <Cell className="tabular-nums">{time(phase.openedAt)}</Cell>
      <Cell className="tabular-nums">{time(phase.passedAt)}</Cell>
      <Cell className="tabular-nums">{took(phase)}</Cell>
    </tr>
  )
}

/** What came of each phase. */
export function ReportPhases({ report: { rollout } }: { report: RolloutReport }) {
  const isBack = isBackward(rollout.state)
  return (
    <Panel title="Phases" isFlush>
      <Table label="Phases">
        <thead>
          <tr>
            <HeaderCell>Phase</HeaderCell>
            <HeaderCell className="text-right">Devices</HeaderCell>
            <HeaderCell className="text-right">{isBack ? 'Back' : 'Updated'}</HeaderCell>
            <HeaderCell className="text-right">Failed</HeaderCell>
            <HeaderCell className="text-right">Offline</HeaderCell>
            <HeaderCell className="text-right">Skipped</HeaderCell>
            <HeaderCell>Opened</HeaderCell>
            <HeaderCell>Passed</HeaderCell>
            <HeaderCell>Took</HeaderCell>
          </tr>
        </thead>
        <tbody>
          {rollout.phases.map((phase) => (
            <PhaseRow key={phase.index} phase={phase} isBack={isBack} />
          ))}
        </tbody>
      </Table>
    </Panel>
  )
}

/** Each gate with the figures it had when it passed or stopped the rollout. */
export function ReportGates({ report: { rollout, gates } }: { report: RolloutReport }) {
  return (
    <Panel title="Gates" isFlush>
      {gates.length === 0 ? (
        <p className="text-ink-muted p-4">No gate has been judged yet.</p>
      ) : (
        gates.map((gate) => {
          const phase = rollout.phases[gate.phaseIndex]
          const name = `${gate.phaseIndex + 1} ${phase?.name ?? ''}`
          return (
            <section key={gate.phaseIndex} aria-label={`Gate of ${name}`} className="break-inside-avoid">
              <h3 className="px-4 pt-3 pb-1 font-medium">
                {name}{' '}
                <span className="text-ink-muted font-normal">
                  {gate.isFinal ? 'as it was when the phase ended' : 'as it is now'}
                </span>
              </h3>
              <GateTable criteria={gate.criteria} label={`Criteria of ${name}`} />
            </section>
          )
        })
      )}
    </Panel>
  )
}
