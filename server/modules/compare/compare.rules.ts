import type { CompareGroup, CompareRow } from '#contract/device-compare'

export type Figure = 'cpu' | 'temperature' | 'memory' | 'memoryTotal' | 'storage' | 'storageTotal'
export type EventFigure = 'restarts' | 'reboots' | 'offline' | 'offlineMs' | 'failedUpdates' | 'criticals'

/** One side of a comparison. */
export type Side = {
  deviceType: string
  release: string | null
  os: string | null
  supervisor: string | null
  services: Readonly<Record<string, string>>
  /** By kind, service and name; null: not to be told to this caller. */
  variables: Readonly<Record<string, string>> | null
  tags: Readonly<Record<string, string>>
  metrics: Readonly<Record<Figure, number | null>>
  events: Readonly<Record<EventFigure, number>>
}

/** What most of a fleet has: a value and how many devices have it. */
export type Common = { value: string | null; devices: number }
export type Spread = { low: number; median: number; high: number; below: number; devices: number }
export type FleetSide = {
  devices: number
  software: Readonly<Record<'deviceType' | 'release' | 'os' | 'supervisor', Common>>
  services: Readonly<Record<string, Common>>
  variables: Readonly<Record<string, string>> | null
  tags: Readonly<Record<string, Common>>
  metrics: Readonly<Partial<Record<Figure, Spread>>>
  events: Readonly<Record<EventFigure, Spread>>
}

const softwareWords = {
  deviceType: 'Device type',
  release: 'Release',
  os: 'Host OS',
  supervisor: 'Supervisor',
} as const
const software = Object.keys(softwareWords) as (keyof typeof softwareWords)[]
const metricWords: Record<Figure, { label: string; unit: CompareRow['unit'] }> = {
  cpu: { label: 'CPU', unit: 'percent' },
  temperature: { label: 'CPU temperature', unit: 'celsius' },
  memory: { label: 'Memory used', unit: 'mib' },
  memoryTotal: { label: 'Memory', unit: 'mib' },
  storage: { label: 'Storage used', unit: 'mib' },
  storageTotal: { label: 'Storage', unit: 'mib' },
}
const figures = Object.keys(metricWords) as Figure[]
const eventWords: Record<EventFigure, { label: string; unit: CompareRow['unit'] }> = {
  restarts: { label: 'Service restarts', unit: 'count' },
  reboots: { label: 'Reboots', unit: 'count' },
  offline: { label: 'Times offline', unit: 'count' },
  offlineMs: { label: 'Time offline', unit: 'duration' },
  failedUpdates: { label: 'Failed updates', unit: 'count' },
  criticals: { label: 'Critical health', unit: 'count' },
}
const eventFigures = Object.keys(eventWords) as EventFigure[]

const base = { isMasked: false, share: null, spread: null }
const textRow = (
  group: CompareGroup,
  label: string,
  own: string | null,
  other: string | null,
): CompareRow => ({
  ...base,
  group,
  label,
  unit: 'text',
  own,
  other,
  isDifferent: own !== other,
})

const keysOf = (...records: readonly (Readonly<Record<string, unknown>> | null)[]) =>
  [...new Set(records.flatMap((record) => Object.keys(record ?? {})))].sort()

/** Goes by the name alone, as the page does where it hides values. */
const looksSecret = (name: string) => /key|token|secret|password/i.test(name)

function variableRows(own: Side['variables'], other: Side['variables']): CompareRow[] {
  if (own === null || other === null) return []
  return keysOf(own, other).map((key) => {
    const row = textRow('variables', key, own[key] ?? null, other[key] ?? null)
    if (!looksSecret(key)) return row
    const masked = (value: CompareRow['own']) => (value === null ? null : '••••••••')
    return { ...row, own: masked(row.own), other: masked(row.other), isMasked: true }
  })
}

/** A figure a tenth away from the other is told as different; a count, by any step. */
const FAR = 0.1
function numberRow(
  group: CompareGroup,
  { label, unit }: { label: string; unit: CompareRow['unit'] },
  own: number | null,
  other: number | null,
): CompareRow {
  const far = unit === 'count' ? 0 : FAR * Math.max(Math.abs(own ?? 0), Math.abs(other ?? 0))
  const isDifferent = own === null || other === null ? own !== other : Math.abs(own - other) > far
  return { ...base, group, label, unit, own, other, isDifferent }
}

/** A device against another one; pure. */
export function compareSides(own: Side, other: Side): CompareRow[] {
  return [
    ...software.map((key) => textRow('software', softwareWords[key], own[key], other[key])),
    ...keysOf(own.services, other.services).map((name) =>
      textRow('services', name, own.services[name] ?? null, other.services[name] ?? null),
    ),
    ...variableRows(own.variables, other.variables),
    ...keysOf(own.tags, other.tags).map((key) =>
      textRow('tags', key, own.tags[key] ?? null, other.tags[key] ?? null),
    ),
    ...figures.map((key) => numberRow('metrics', metricWords[key], own.metrics[key], other.metrics[key])),
    ...eventFigures.map((key) => numberRow('events', eventWords[key], own.events[key], other.events[key])),
  ]
}

/** Outside of the middle four fifths of its fleet. */
const isOutside = (value: number, { low, high }: Spread) => value < low || value > high

function spreadRow(
  group: CompareGroup,
  words: { label: string; unit: CompareRow['unit'] },
  own: number | null,
  spread: Spread | undefined,
): CompareRow {
  if (!spread) return { ...numberRow(group, words, own, null), isDifferent: false }
  const isDifferent = own !== null && isOutside(own, spread)
  return { ...base, group, ...words, own, other: spread.median, isDifferent, spread }
}

/** A device against what most devices of its fleet are like; pure. */
export function compareWithFleet(own: Side, fleet: FleetSide): CompareRow[] {
  const common = (
    group: CompareGroup,
    label: string,
    value: string | null,
    most: Common | undefined,
  ): CompareRow => ({
    ...textRow(group, label, value, most?.value ?? null),
    share: most ? { devices: most.devices, of: fleet.devices } : null,
  })
  return [
    ...software.map((key) => common('software', softwareWords[key], own[key], fleet.software[key])),
    ...keysOf(own.services, fleet.services).map((name) =>
      common('services', name, own.services[name] ?? null, fleet.services[name]),
    ),
    ...variableRows(own.variables, fleet.variables),
    ...keysOf(own.tags, fleet.tags).map((key) => common('tags', key, own.tags[key] ?? null, fleet.tags[key])),
    ...figures.map((key) => spreadRow('metrics', metricWords[key], own.metrics[key], fleet.metrics[key])),
    ...eventFigures.map((key) => spreadRow('events', eventWords[key], own.events[key], fleet.events[key])),
  ]
}
