import { apart, momentOf, type Mark } from './marks.ts'
import { textOf, type EventGroup, type TimelineSource } from './timeline-events.ts'
import { formatSpan } from './timeline-words.ts'

const rebootWords: Record<string, { label: string; tone: Mark['tone'] }> = {
  requested: { label: 'Reboot as asked', tone: 'info' },
  update: { label: 'Reboot for an update', tone: 'info' },
  watchdog: { label: 'Reboot by watchdog', tone: 'critical' },
  power: { label: 'Reboot after power loss', tone: 'attention' },
  unknown: { label: 'Reboot, cause unknown', tone: 'attention' },
}

const of = (source: TimelineSource, kinds: readonly string[]) =>
  source.groups.filter((group) => kinds.includes(group.first.kind))

/** A group as one mark: its moment, or from the first to the last with their number. */
function groupMark(
  { first, last, count }: EventGroup,
  own: Pick<Mark, 'tone' | 'label' | 'detail'>,
  noun: string,
) {
  if (count === 1) return momentOf(first.atMs, { ...own, actor: first.actor })
  const more = count > 2 ? [`… ${count - 2} more in between …`] : []
  return momentOf(first.atMs, {
    ...own,
    toMs: last.atMs,
    label: `${count} ${noun}`,
    detail: [...own.detail, ...more, last.summary],
    actor: first.actor === last.actor ? first.actor : null,
    count,
  })
}

/** Boots, with the cause where the device told it. The device's own clock is quoted, never used. */
export function rebootLane(source: TimelineSource): Mark[] {
  const marks = of(source, ['reboot']).map((group) => {
    const { first } = group
    const reason = textOf(first, 'reason') ?? 'unknown'
    const words = rebootWords[reason] ?? { label: `Reboot: ${reason}`, tone: 'attention' as const }
    const booted = textOf(first, 'bootAt')
    const detail = [first.summary, ...(booted === null ? [] : [`Booted at ${booted} by its own clock`])]
    return groupMark(group, { ...words, detail }, 'reboots')
  })
  return apart(marks, 'reboots')
}

const changeLabels: Record<string, string> = {
  variable: 'Variable',
  'fleet-variable': 'Fleet variable',
  tag: 'Name, note, tag',
  target: 'Target',
  move: 'Fleet',
  registered: 'Registered',
}

/** What people changed about it: variables (its own and its fleet's), tags, name, target, fleet. */
export function changeLane(source: TimelineSource): Mark[] {
  const marks = of(source, Object.keys(changeLabels)).map((group) =>
    groupMark(
      group,
      {
        tone: group.first.kind === 'registered' ? 'neutral' : 'info',
        label: changeLabels[group.first.kind] ?? group.first.kind,
        detail: [group.first.summary],
      },
      'changes',
    ),
  )
  return apart(marks, 'changes')
}

const actionTones: Record<string, Mark['tone']> = {
  done: 'ok',
  failed: 'critical',
  expired: 'attention',
  unsupported: 'attention',
  cancelled: 'neutral',
}

/** Actions from when they were asked for to when they ended. */
export function actionLane(source: TimelineSource): Mark[] {
  const { fromMs, knownToMs } = source
  const marks = source.actions
    .filter((action) => action.createdAtMs <= knownToMs && (action.finishedAtMs ?? knownToMs) >= fromMs)
    .map((action): Mark => {
      const what = `${action.kind.replaceAll('-', ' ')}${action.serviceName === null ? '' : ` of ${action.serviceName}`}`
      const endMs = Math.max(action.createdAtMs, action.finishedAtMs ?? knownToMs)
      return {
        fromMs: Math.max(fromMs, action.createdAtMs),
        toMs: Math.min(knownToMs, endMs),
        isOpenStart: action.createdAtMs < fromMs,
        isOpenEnd: action.finishedAtMs === null || action.finishedAtMs > knownToMs,
        tone: actionTones[action.state] ?? 'info',
        label: `${what}: ${action.state}`,
        detail: [
          `Asked for ${what}: ${action.state}`,
          ...(action.finishedAtMs === null ? [] : [`After ${formatSpan(endMs - action.createdAtMs)}`]),
          ...(action.message === null || action.message === '' ? [] : [action.message]),
        ],
        actor: action.createdBy,
        count: 1,
      }
    })
  return apart(marks, 'actions')
}
