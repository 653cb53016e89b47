import { bandsOf, type BandState, type StateChange } from './bands.ts'
import { worstTone, type Mark } from './marks.ts'
import { textOf, type EventGroup, type StoredEvent, type TimelineSource } from './timeline-events.ts'

type Reason = { summary: string; tone: Mark['tone'] }

const keyOf = (event: StoredEvent) => `${textOf(event, 'code') ?? ''}/${textOf(event, 'service') ?? ''}`
const toneOf = (event: StoredEvent): Mark['tone'] =>
  event.severity === 'critical' || event.severity === 'attention' ? event.severity : 'unknown'
const gone = (summary: string) => summary.replace(/^No longer: /, '')

/** Which reasons held when the range began: from what came before it, and from what only ended inside it. */
function reasonsAtStart({ before, groups, device, fromMs }: TimelineSource): Map<string, Reason> {
  const held = new Map<string, Reason>()
  for (const event of before) {
    if (event.kind !== 'health') continue
    if (textOf(event, 'change') === 'worse')
      held.set(keyOf(event), { summary: event.summary, tone: toneOf(event) })
    else held.delete(keyOf(event))
  }
  const told = new Set<string>()
  for (const { first } of byTime(groups)) {
    const key = keyOf(first)
    if (textOf(first, 'change') === 'better' && !told.has(key) && !held.has(key))
      held.set(key, { summary: gone(first.summary), tone: 'attention' })
    told.add(key)
  }
  for (const reason of device.reasons) {
    const key = `${reason.code}/${reason.service ?? ''}`
    if (told.has(key) || ['offline', 'late', 'never-seen'].includes(reason.code)) continue
    if (Date.parse(reason.since) <= fromMs) held.set(key, { summary: reason.evidence, tone: reason.severity })
  }
  return held
}

const byTime = (groups: readonly EventGroup[]) =>
  groups
    .filter((group) => group.first.kind === 'health')
    .sort((a, b) => a.first.atMs - b.first.atMs || Number(isWorse(b.first)) - Number(isWorse(a.first)))
const isWorse = (event: StoredEvent) => textOf(event, 'change') === 'worse'

function stateOf(held: ReadonlyMap<string, Reason>): BandState {
  const reasons = [...held.values()]
  const [first] = reasons
  if (first === undefined) return { key: '', tone: 'ok', label: 'OK', detail: ['No reason to look at it'] }
  return {
    key: [...held.keys()].sort().join(' '),
    tone: worstTone(reasons.map((reason) => reason.tone)),
    label: reasons.length === 1 ? first.summary : `${reasons.length} reasons`,
    detail: reasons.map((reason) => reason.summary),
  }
}

/** Health over time: every span says the reasons that held in it. Silence has its own lane. */
export function healthLane(source: TimelineSource): Mark[] {
  const { device, fromMs, knownToMs } = source
  const held = reasonsAtStart(source)
  const initial = stateOf(held)
  const events = byTime(source.groups)
    .flatMap((group) => (group.count > 1 ? [group.first, group.last] : [group.first]))
    .sort((a, b) => a.atMs - b.atMs)
  const changes = events.map((event): StateChange => {
    if (isWorse(event)) held.set(keyOf(event), { summary: event.summary, tone: toneOf(event) })
    else held.delete(keyOf(event))
    return { atMs: event.atMs, state: stateOf(held) }
  })
  return bandsOf(initial, changes, {
    fromMs: Math.max(fromMs, Math.min(device.createdAtMs, knownToMs)),
    toMs: knownToMs,
    isOpenStart: device.createdAtMs < fromMs,
    isOpenEnd: true,
  })
}
