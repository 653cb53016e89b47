import { formatBytes, formatSpan } from './timeline-words.ts'
import { apart, type Mark } from './marks.ts'
import { eventsIn, numberOf, textOf, type StoredEvent, type TimelineSource } from './timeline-events.ts'

type Attempt = { name: string; steps: StoredEvent[]; end: StoredEvent | null }

const endings = new Set(['done', 'rejected', 'aborted', 'rolled-back'])
const stepOf = (event: StoredEvent) => textOf(event, 'step') ?? textOf(event, 'phase')
const nameOf = (event: StoredEvent) =>
  event.kind === 'os' ? 'Host OS' : (textOf(event, 'semver') ?? 'A release')

/** Steps of updates gathered into attempts: one ends with its result, or where the next one begins. Pure. */
export function attemptsOf(events: readonly StoredEvent[]): Attempt[] {
  const attempts: Attempt[] = []
  const open = new Map<string, Attempt>()
  for (const event of events) {
    const step = stepOf(event)
    const isOsDone = event.kind === 'os' && textOf(event, 'version') !== null
    if (step === null && !isOsDone) continue
    const running = open.get(event.kind)
    const isSame =
      running !== undefined &&
      running.name === nameOf(event) &&
      // Downloading again is a new attempt, installing after downloading is the same.
      !(step === 'downloading' && running.steps.some((other) => stepOf(other) !== 'downloading'))
    const attempt: Attempt = isSame ? running : { name: nameOf(event), steps: [], end: null }
    if (!isSame) attempts.push(attempt)
    attempt.steps.push(event)
    open.set(event.kind, attempt)
    if (isOsDone || (step !== null && endings.has(step))) {
      attempt.end = event
      open.delete(event.kind)
    }
  }
  return attempts
}

/** How long each step took, from the steps that were seen. */
function durationsOf(steps: readonly StoredEvent[]): string[] {
  const at = (name: string) => steps.find((event) => stepOf(event) === name)?.atMs
  const [downloading, downloaded, applying] = [at('downloading'), at('downloaded'), at('applying')]
  const done = at('done')
  const loaded = downloaded ?? applying ?? done
  return [
    ...(downloading !== undefined && loaded !== undefined
      ? [`Download: ${formatSpan(loaded - downloading)}`]
      : []),
    ...(applying !== undefined && done !== undefined ? [`Install: ${formatSpan(done - applying)}`] : []),
  ]
}

function bytesOf(steps: readonly StoredEvent[], facts: Record<string, string> | null): string[] {
  const told = steps.findLast((event) => numberOf(event, 'bytes') !== null)
  const number = (text: string | undefined) => (text && /^\d+$/.test(text) ? Number(text) : null)
  const bytes = told ? numberOf(told, 'bytes') : number(facts?.['update.bytes'])
  const full = told ? numberOf(told, 'fullBytes') : number(facts?.['update.full-bytes'])
  const mode = (told && textOf(told, 'mode')) ?? facts?.['update.mode'] ?? null
  if (bytes === null) return []
  const of = full !== null && full > bytes ? ` instead of ${formatBytes(full)}` : ''
  return [
    `${formatBytes(bytes)}${of}${mode === 'delta' ? ', as a delta' : mode === 'full' ? ', in full' : ''}`,
  ]
}

const results: Record<string, { tone: Mark['tone']; word: string }> = {
  done: { tone: 'ok', word: 'done' },
  rejected: { tone: 'critical', word: 'rejected' },
  aborted: { tone: 'critical', word: 'aborted' },
  'rolled-back': { tone: 'critical', word: 'rolled back' },
}

function markOf(
  attempt: Attempt,
  source: TimelineSource,
  next: Attempt | undefined,
  isLast: boolean,
): Mark[] {
  const { fromMs, knownToMs, device } = source
  const [first] = attempt.steps
  const lastStep = attempt.steps.at(-1)
  if (!first || !lastStep) return []
  const isHost = first.kind === 'os'
  const isRunning =
    attempt.end === null &&
    next === undefined &&
    knownToMs >= source.nowMs &&
    (isHost || ['downloading', 'downloaded', 'applying'].includes(device.updateState))
  const endMs = attempt.end?.atMs ?? (isRunning ? knownToMs : (next?.steps[0]?.atMs ?? lastStep.atMs))
  if (endMs < fromMs || first.atMs > knownToMs) return []
  const result = attempt.end === null ? null : (results[stepOf(attempt.end) ?? 'done'] ?? results.done)
  const word = result?.word ?? (isRunning ? 'under way' : 'not finished')
  return [
    {
      fromMs: Math.max(fromMs, first.atMs),
      toMs: Math.min(knownToMs, Math.max(endMs, first.atMs)),
      isOpenStart: first.atMs < fromMs,
      isOpenEnd: isRunning || endMs > knownToMs,
      tone: result?.tone ?? (isRunning ? 'info' : 'neutral'),
      label: `${attempt.name} ${word}`,
      detail: [
        `Update to ${attempt.name}: ${word}`,
        `In all: ${formatSpan(endMs - first.atMs)}`,
        ...durationsOf(attempt.steps),
        ...bytesOf(attempt.steps, isLast && !isHost ? device.facts : null),
        ...(result?.tone === 'critical' || isHost ? [lastStep.summary] : []),
      ],
      actor: null,
      count: 1,
    },
  ]
}

/** Attempts to update, to a release or a host OS: how long, how many bytes, how it ended. */
export function updateLane(source: TimelineSource): Mark[] {
  const marks = ['update', 'os'].flatMap((kind) => {
    const attempts = attemptsOf([
      ...source.before.filter((event) => event.kind === kind),
      ...eventsIn(source.groups, kind),
    ])
    const last = attempts.length - 1
    return attempts.flatMap((attempt, index) => markOf(attempt, source, attempts[index + 1], index === last))
  })
  return apart(marks, 'updates')
}
