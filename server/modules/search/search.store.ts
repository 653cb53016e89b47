import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Connectivity } from '#contract/device'
import type { Health } from '#contract/health'
import type { FleetScope } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { isFleetWithin } from '../../platform/within.ts'
import { trigramsOf, type SearchQuery } from './search-query.rules.ts'

/** Where it is searched, and in which fleets. */
export type SearchPlace = { db: Kysely<Schema>; within: FleetScope }

/** So many devices are looked at closely of each kind of find: more than are shown, few enough to be read at once. */
const CANDIDATES = 51
/** A word that more devices have is a common one. */
const FEW = 300
const DUE_CANDIDATES = 100
const WORD_CANDIDATES = 150
const NEAR_WORDS = 300

/** Terms of the devices that may be found: a limit must not be used up by others. */
const termsWithin = (within: FleetScope) =>
  within === 'all'
    ? sql`device_term`
    : sql`(select t.* from device_term t join device td on td.id = t.device_id
        where ${isFleetWithin(within, sql`td.fleet_id`)}) as device_term`

const startOf = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`
const reversed = (text: string) => Array.from(text).reverse().join('')

/** Devices that have the whole text as a value, or as the start or end of one. */
export async function readWhole({ db, within }: SearchPlace, query: SearchQuery): Promise<number[]> {
  const { text, squashed, tag } = query
  const from = termsWithin(within)
  const terms = [...new Set([text, squashed])].filter((term) => term !== '')
  const parts: RawBuilder<unknown>[] = terms.flatMap((term) => [
    sql`(select device_id from ${from} where term = ${term} order by kind, device_id limit ${CANDIDATES})`,
    sql`(select device_id from ${from} where term like ${startOf(term)} order by term limit ${CANDIDATES})`,
  ])
  parts.push(
    // Whose terms are not made yet: who just came or was renamed is found at once.
    sql`(select device_id from device_term_due limit ${DUE_CANDIDATES})`,
    sql`(select device_id from ${from} where kind = 'tag' and label = ${text} limit ${CANDIDATES})`,
  )
  if (/^[0-9a-f]+$/.test(squashed))
    parts.push(
      sql`(select id from device where deleted_at is null and ${isFleetWithin(within, sql`fleet_id`)} and uuid collate "C" like ${startOf(squashed)} order by uuid collate "C" limit ${CANDIDATES})`,
    )
  if (squashed.length >= 4)
    parts.push(
      sql`(select device_id from ${from} where kind in ('mac', 'serial') and reverse(term) collate "C" like ${startOf(reversed(squashed))} limit ${CANDIDATES})`,
    )
  if (tag !== null)
    parts.push(
      sql`(select device_id from ${from} where kind = 'tag' and label = ${tag.key} and term like ${startOf(tag.value)} order by term limit ${CANDIDATES})`,
    )
  const found = await sql<{ device_id: number }>`${sql.join(parts, sql` union `)}`.execute(db)
  return found.rows.map((row) => row.device_id)
}

/** A word of a search: its start, or any of these terms. */
export type WordOrNear = { word: string; near: readonly string[] }

/** In the order of the index, so that a limit ends the scan instead of choosing from all of it. */
const scansOf = (
  from: RawBuilder<unknown>,
  { word, near }: WordOrNear,
  limit: RawBuilder<unknown>,
): RawBuilder<unknown> => {
  const starts = sql`(select device_id from ${from} where term like ${startOf(word)} order by term ${limit})`
  return near.length === 0
    ? starts
    : sql`${starts} union all (select device_id from ${from} where term = any(${[...near]}::text[]) order by term ${limit})`
}

/**
 * Devices that may have all of these words, each in any place. Words that few devices have are read whole and intersected;
 * a common word beside them is left to whoever looks at the devices closely.
 */
export async function readByWords(
  { db, within }: SearchPlace,
  words: readonly WordOrNear[],
): Promise<number[]> {
  if (words.length === 0) return []
  const from = termsWithin(within)
  const scans = words.map(
    (word, index) =>
      sql`select ${index}::int as word, device_id from (${scansOf(from, word, sql`limit ${FEW + 1}`)}) as scan`,
  )
  const { rows } = await sql<{
    word: number
    device_id: number
  }>`${sql.join(scans, sql` union all `)}`.execute(db)
  const sets = words.map((_, index) => rows.filter(({ word }) => word === index).map((row) => row.device_id))
  const [rarest, ...others] = sets
    .filter((ids) => ids.length <= FEW)
    .map((ids) => new Set(ids))
    .sort((a, b) => a.size - b.size)
  if (rarest) return [...rarest].filter((id) => others.every((ids) => ids.has(id)))
  if (words.length === 1) return [...new Set(sets[0])].slice(0, WORD_CANDIDATES)
  const whole = words.map((word) => sql`(select device_id from (${scansOf(from, word, sql``)}) as scan)`)
  const found = await sql<{ device_id: number }>`
    ${sql.join(whole, sql` intersect `)} limit ${WORD_CANDIDATES}`.execute(db)
  return found.rows.map((row) => row.device_id)
}

/** Words in use that share most of their three-letter parts with this one, nearest first. */
export async function readNearWords({ db }: SearchPlace, word: string): Promise<string[]> {
  const found = await sql<{ word: string }>`
    select word from word_trigram where trigram = any(${trigramsOf(word)}::text[])
    group by word order by count(distinct trigram) desc, abs(length(word) - ${Array.from(word).length}), word
    limit ${NEAR_WORDS}`.execute(db)
  return found.rows.map((row) => row.word)
}

export type FoundRow = {
  id: number
  uuid: string
  name: string
  tags: Record<string, string>
  addresses: string
  mac_address: string | null
  cpu_id: string | null
  fleet_id: number
  fleet_name: string
  health: Health
  connectivity: Connectivity
  connectivity_changed_at: Date | null
  last_seen_at: Date | null
}

export async function readFoundDevices(
  { db, within }: SearchPlace,
  ids: readonly number[],
): Promise<FoundRow[]> {
  if (ids.length === 0) return []
  const found = await sql<FoundRow>`
    select d.id, d.uuid, d.name, d.tags, concat_ws(' ', d.ip_address, d.public_address) as addresses, d.mac_address, d.cpu_id,
      d.fleet_id, f.name as fleet_name, d.health, d.connectivity, d.connectivity_changed_at, d.last_seen_at
    from device d join fleet f on f.id = d.fleet_id
    where d.id = any(${[...ids]}::bigint[]) and d.deleted_at is null and ${isFleetWithin(within, sql`d.fleet_id`)}`.execute(
    db,
  )
  return found.rows
}
