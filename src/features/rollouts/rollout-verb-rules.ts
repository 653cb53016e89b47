import type { RolloutDetail, RolloutVerb } from '#contract/rollout'
import type { Role } from '#contract/session'

type Situation = Pick<RolloutDetail, 'state' | 'counts' | 'phases'>

/** Which verbs make sense now, the one a hurried hand needs first. The gateway decides. */
export function verbsFor({ state, counts, phases }: Situation): RolloutVerb[] {
  const approve: RolloutVerb[] = phases.some((phase) => phase.state === 'awaiting-approval')
    ? ['approve']
    : []
  const isLastOpen = !phases.some((phase) => phase.state === 'pending')
  const skip: RolloutVerb[] =
    phases.some((phase) => phase.state === 'open') && !isLastOpen ? ['skip-phase'] : []
  const retry: RolloutVerb[] = retryCount(counts) > 0 ? ['retry-failed'] : []
  switch (state) {
    case 'running':
      return [...approve, 'pause', ...skip, ...retry, 'abort', 'roll-back']
    case 'paused':
      return ['resume', ...approve, ...skip, ...retry, 'abort', 'roll-back']
    case 'completed':
      return [...retry, 'roll-back']
    case 'aborted':
      return ['roll-back']
    case 'rolling-back':
    case 'rolled-back':
      return []
  }
}

/** Devices a retry reaches. Until a rollout turns back only devices that went back by themselves are rolled back. */
export const retryCount = (counts: RolloutDetail['counts']): number => counts.failed + counts['rolled-back']

/** The role that a verb needs, and why a person of a lower one cannot say it. */
export function verbNeeds(
  verb: RolloutVerb,
  { phases }: Pick<RolloutDetail, 'phases'>,
): { role: Role; obstacle: string } {
  const waiting = phases.find((phase) => phase.state === 'awaiting-approval')
  return verb === 'approve' && waiting?.approver === 'admin'
    ? { role: 'admin', obstacle: `Phase “${waiting.name}” is approved by an administrator.` }
    : { role: 'release-manager', obstacle: 'Needs the role release manager' }
}

export const verbLabels: Record<RolloutVerb, string> = {
  pause: 'Pause',
  resume: 'Resume',
  approve: 'Approve phase',
  'skip-phase': 'Skip gate',
  abort: 'Abort',
  'retry-failed': 'Retry failed',
  'roll-back': 'Roll back',
}

const done: Record<RolloutVerb, string> = {
  pause: 'Paused: nothing new is offered, devices on their way go on.',
  resume: 'Resumed.',
  approve: 'Approved: the phase opens.',
  'skip-phase': 'The open phase passes without its gate.',
  abort: 'Aborted: nothing new is offered, what is done stays.',
  'retry-failed': 'The failed devices are offered it again.',
  'roll-back': 'Rolling back: every touched device gets back what it had.',
}

const already: Record<RolloutVerb, string> = {
  pause: 'It is paused already',
  resume: 'It is running already',
  approve: 'It is approved already',
  'skip-phase': 'It is skipped already',
  abort: 'It is aborted already',
  'retry-failed': 'There was nothing to retry',
  'roll-back': 'It is rolled back, or on its way, already',
}

/** What to say after a verb; of one that had no effect, who was first. */
export function verbMessage(
  verb: RolloutVerb,
  answer: Pick<RolloutDetail, 'timeline'> & { hadEffect: boolean },
): string {
  if (answer.hadEffect) return done[verb]
  const first = answer.timeline.find((entry) => entry.action === `rollout.${verb}`)
  return first === undefined ? `${already[verb]}.` : `${already[verb]}: ${first.actor} was first.`
}

/** Devices a roll back reaches: those that were offered the release. */
export const touchedCount = (counts: RolloutDetail['counts']): number =>
  counts.offered +
  counts.downloading +
  counts.installing +
  counts.rebooting +
  counts.verifying +
  counts.succeeded +
  counts.failed +
  counts['rolled-back']
