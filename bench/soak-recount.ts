/** The numbers that the gateway keeps and serves, counted again by plain SQL over the tables; names as in soak-served.ts. */
import { connectivities } from '#contract/device'
import { healthStates } from '#contract/health-states'
import { rolloutDeviceStates, rolloutState } from '#contract/rollout'
import type { RawStore } from './log-seed.ts'

/** A number by its name; one that is not named is 0. */
export type Figures = Map<string, number>

/** What the device list can be narrowed by, as SQL over `device d` that gives each device's values. */
const parts = {
  health: 'select d.health',
  connectivity: 'select d.connectivity',
  reason: `select distinct reason ->> 'code' from jsonb_array_elements(d.health_reasons) reason`,
  deviceType: 'select d.device_type',
  release: `select coalesce(d.current_release_id::text, 'none')`,
  os: 'select d.os_version where d.os_version is not null',
  update: 'select d.update_state',
  tag: `select key || ':' || value from jsonb_each_text(d.tags)`,
  pinned: 'select (d.pinned_release_id is not null)::text',
}
type Part = keyof typeof parts
export const partsCounted = Object.keys(parts) as Part[]

type Filter = { name: string; query: Partial<Record<'fleetId' | Part, string>> }
/** Filters under which facets and lists are compared. */
export const filtersOf = (fleetIds: readonly number[]): Filter[] => [
  { name: 'all', query: {} },
  ...fleetIds.map((id) => ({ name: `fleet ${String(id)}`, query: { fleetId: String(id) } })),
  { name: 'online', query: { connectivity: 'online' } },
  { name: 'in trouble', query: { health: 'critical,attention' } },
  { name: 'updating', query: { update: 'downloading,downloaded,applying' } },
]

const quoted = (values: string) => `'{${values}}'::text[]`
const where = ({ query }: Filter, without: Part | null) =>
  Object.entries(query)
    .filter(([part]) => part !== without)
    .map(([part, values]) =>
      part === 'fleetId'
        ? `d.fleet_id = ${values}`
        : `exists (select 1 from (${parts[part as Part]}) as had (value) where value = any(${quoted(values)}))`,
    )
    .concat('d.deleted_at is null')
    .join(' and ')

/** Each row one number: its name and its count. */
async function add(raw: RawStore, into: Figures, text: string): Promise<void> {
  for (const row of await raw.query(text)) into.set(String(row.name), Number(row.count))
}

const named = (name: string) => `select ${name} as name, count(*)::int as count`
const living = 'from device d where d.deleted_at is null'

async function addFleets(raw: RawStore, into: Figures): Promise<void> {
  const perFleet = (what: string, column: string, states: readonly string[]) =>
    `select 'fleet ' || f.id || ': ${what} ' || state as name,
      (select count(*)::int from device d where d.fleet_id = f.id and d.deleted_at is null and ${column} = state) as count
      from fleet f, unnest(${quoted(states.join(','))}) state`
  await add(raw, into, perFleet('devices', 'd.connectivity', connectivities))
  await add(raw, into, perFleet('health', 'd.health', healthStates))
  await add(
    raw,
    into,
    `${named(`'fleet ' || d.fleet_id || ': devices total'`)} ${living} group by d.fleet_id`,
  )
  await add(
    raw,
    into,
    `${named(`'fleet ' || d.fleet_id || ': devices updating'`)} ${living}
      and d.update_state in ('downloading', 'downloaded', 'applying') group by d.fleet_id`,
  )
  const ranked = (what: string, values: string, order: string, most: number) =>
    `select 'fleet ' || fleet_id || ': ${what} ' || value as name, count from (
      select d.fleet_id, value, count(*)::int as count,
        row_number() over (partition by d.fleet_id order by count(*) desc, ${order}) as place
      from device d, lateral (${values}) as had (value) where d.deleted_at is null group by d.fleet_id, value) as ranked
    where place <= ${String(most)}`
  await add(raw, into, ranked('reason', parts.reason, 'value collate "C"', 5))
  await add(raw, into, ranked('release', parts.release, `nullif(value, 'none')::bigint desc nulls last`, 8))
  await add(
    raw,
    into,
    `select 'fleet ' || ro.fleet_id || ': rollout ' || counted as name,
        count(*) filter (where counted = 'total' or rd.state = counted)::int as count
      from rollout ro join rollout_device rd on rd.rollout_id = ro.id, unnest('{succeeded,failed,total}'::text[]) counted
      where ro.state in ('running', 'paused', 'rolling-back') group by ro.fleet_id, counted`,
  )
}

async function addWalls(raw: RawStore, into: Figures): Promise<void> {
  for (const [what, column] of [
    ['health', 'health'],
    ['connectivity', 'connectivity'],
    ['update', 'update_state'],
  ] as const)
    await add(
      raw,
      into,
      `${named(`'wall of fleet ' || d.fleet_id || ': ${what} ' || d.${column}`)} ${living} group by d.fleet_id, d.${column}`,
    )
}

async function addLists(raw: RawStore, into: Figures): Promise<void> {
  const fleets = await raw.query('select id from fleet')
  for (const filter of filtersOf(fleets.map(({ id }) => Number(id)))) {
    for (const part of partsCounted)
      await add(
        raw,
        into,
        `${named(`'facets, ${filter.name}: ${part} ' || value`)} from device d, lateral (${parts[part]}) as had (value)
          where ${where(filter, part)} group by value order by count(*) desc, value collate "C" limit 50`,
      )
    await add(
      raw,
      into,
      `${named(`'list, ${filter.name}: total'`)} from device d where ${where(filter, null)}`,
    )
  }
  for (const part of partsCounted)
    await add(
      raw,
      into,
      `${named(`'list, ${part} ' || value || ': total'`)} from device d, lateral (${parts[part]}) as had (value)
        where d.deleted_at is null group by value`,
    )
}

async function addRollouts(raw: RawStore, into: Figures): Promise<void> {
  const states = quoted(rolloutDeviceStates.join(','))
  const tallied = (name: string, group: string) =>
    `select ${name} || counted as name, count(*) filter (where counted = 'total' or rd.state = counted)::int as count
      from rollout_device rd, unnest(${states} || '{total}'::text[]) counted group by counted, ${group}`
  const id = `'rollout ' || rd.rollout_id || `
  await add(raw, into, tallied(`${id}', list: '`, 'rd.rollout_id'))
  await add(raw, into, tallied(`${id}': '`, 'rd.rollout_id'))
  await add(raw, into, tallied(`${id}', phase ' || rd.phase_index || ': '`, 'rd.rollout_id, rd.phase_index'))
  const byState = (name: string, group: string) =>
    `${named(name)} from rollout_device rd join device d on d.id = rd.device_id group by ${group}`
  await add(raw, into, byState(`${id}', devices: ' || rd.state`, 'rd.rollout_id, rd.state'))
  await add(
    raw,
    into,
    byState(
      `${id}', wall: phase ' || rd.phase_index || ' ' || rd.state`,
      'rd.rollout_id, rd.phase_index, rd.state',
    ),
  )
  await add(
    raw,
    into,
    `select 'rollout ' || ro.id || ': failures by reason' as name, count(rd.device_id)::int as count
      from rollout ro left join rollout_device rd on rd.rollout_id = ro.id and rd.state = 'failed' group by ro.id`,
  )
  await add(
    raw,
    into,
    `select 'rollouts: ' || state as name, (select count(*)::int from rollout where rollout.state = listed.state) as count
      from unnest(${quoted(rolloutState.options.join(','))}) as listed (state)
      union all select 'rollouts: total', count(*)::int from rollout`,
  )
}

const news = {
  wentOffline: `kind = 'connectivity' and data ->> 'to' = 'offline'`,
  cameBack: `kind = 'connectivity' and data ->> 'from' = 'offline'`,
  updated: `kind = 'update' and data ->> 'outcome' = 'succeeded'`,
  updateFailed: `kind = 'update' and data ->> 'outcome' = 'failed'`,
  healthWorsened: `kind = 'health' and data ->> 'change' = 'worse'`,
}
/** Whether a number is of the news of a last hour, which ages while everything else stands still. */
export const isNews = (name: string) => name.includes(': last hour ')

/** Counts the news of the hour before `atMs`, ms since the epoch. */
export async function recountNews(raw: RawStore, atMs: number): Promise<Figures> {
  const counted: Figures = new Map()
  for (const [name, condition] of Object.entries(news))
    await add(
      raw,
      counted,
      `select 'fleet ' || fleet_id || ': last hour ${name}' as name, count(distinct device_id)::int as count
        from device_event where at > to_timestamp(${String(atMs / 1000)}) - interval '1 hour' and ${condition} group by fleet_id`,
    )
  return counted
}

/** What each served number should be if it must lie between two counts: itself where it does, else the count it passed. */
export function nearestBetween(served: Figures, one: Figures, other: Figures): Figures {
  const names = new Set([...served.keys(), ...one.keys(), ...other.keys()])
  return new Map(
    [...names].map((name) => {
      const [low = 0, high = 0] = [one.get(name) ?? 0, other.get(name) ?? 0].sort((a, b) => a - b)
      return [name, Math.min(high, Math.max(low, served.get(name) ?? 0))]
    }),
  )
}

/** Counts all of them but the news of the last hour. */
export async function recount(raw: RawStore): Promise<Figures> {
  const counted: Figures = new Map()
  await addFleets(raw, counted)
  await addWalls(raw, counted)
  await addLists(raw, counted)
  await addRollouts(raw, counted)
  return counted
}

/**
 * What gates judge by and no page shows as such: the kept tallies of phases, and the same from what each device is stored
 * as counting.
 */
export async function recountTallies(raw: RawStore): Promise<{ kept: Figures; counted: Figures }> {
  const kept: Figures = new Map()
  const counted: Figures = new Map()
  const phase = (name: string) => `'rollout ' || rollout_id || ', phase ' || ${name} || ', tally: '`
  const groups = [
    ['touched', `(marks ->> 'isOffered')::boolean`],
    ['untouched', `not (marks ->> 'isOffered')::boolean and state <> 'skipped'`],
  ] as const
  await add(
    raw,
    kept,
    `select ${phase('index')} || s.key as name, s.value::int as count from rollout_phase, jsonb_each_text(tally -> 'states') s`,
  )
  await add(
    raw,
    counted,
    `${named(`${phase('phase_index')} || (marks ->> 'state')`)} from rollout_device group by rollout_id, phase_index, marks ->> 'state'`,
  )
  for (const [group, isOf] of groups) {
    for (const figure of ['total', 'silent', 'compared'])
      await add(
        raw,
        kept,
        `select ${phase('index')} || '${group} ${figure}' as name, (tally -> '${group}' ->> '${figure}')::int as count from rollout_phase`,
      )
    const isCompared =
      group === 'touched' ? `(marks ->> 'isUpdated')::boolean` : `not (marks ->> 'isAbsent')::boolean`
    for (const [figure, condition] of [
      ['total', 'true'],
      ['silent', `(marks ->> 'isSilent')::boolean`],
      ['compared', isCompared],
    ] as const)
      await add(
        raw,
        counted,
        `${named(`${phase('phase_index')} || '${group} ${figure}'`)} from rollout_device where ${isOf} and ${condition} group by rollout_id, phase_index`,
      )
    await add(
      raw,
      kept,
      `select ${phase('index')} || '${group} reason ' || r.key as name, r.value::int as count from rollout_phase, jsonb_each_text(tally -> '${group}' -> 'reasons') r`,
    )
    await add(
      raw,
      counted,
      `${named(`${phase('phase_index')} || '${group} reason ' || code`)} from rollout_device, jsonb_array_elements_text(marks -> 'reasons') code
        where ${isOf} and ${isCompared} group by rollout_id, phase_index, code`,
    )
  }
  return { kept, counted }
}

export type Difference = { name: string; served: number; counted: number }

/** Where two sets of numbers differ, by name. */
export function differences(served: Figures, counted: Figures): Difference[] {
  return [...new Set([...served.keys(), ...counted.keys()])]
    .map((name) => ({ name, served: served.get(name) ?? 0, counted: counted.get(name) ?? 0 }))
    .filter((one) => one.served !== one.counted)
}
