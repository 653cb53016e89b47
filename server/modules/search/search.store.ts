import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Connectivity } from '#contract/device'
import type { Health } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import { trigramsOf, type SearchQuery } from './search-query.rules.ts'

type Db = Kysely<Schema>

/** So many devices are looked at closely of each kind of find: more than are shown, few enough to be read at once. */
const CANDIDATES = 51
/** Above so many devices with a word, sets are intersected instead of looked up one by one. */
const FEW = 500
const DUE_CANDIDATES = 100
const WORD_CANDIDATES = 150
const NEAR_WORDS = 300

const startOf = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`
const reversed = (text: string) => Array.from(text).reverse().join('')

/** Devices that have the whole text as a value, or as the start or end of one. */
export async function readWhole(db: Db, query: SearchQuery): Promise<number[]> {
  const { text, squashed, tag } = query
  const terms = [...new Set([text, squashed])].filter((term) => term !== '')
  const parts: RawBuilder<unknown>[] = terms.flatMap((term) => [
    sql`(select device_id from device_term where term = ${term} order by kind, device_id limit ${CANDIDATES})`,
    sql`(select device_id from device_term where term like ${startOf(term)} order by term limit ${CANDIDATES})`,
  ])
  parts.push(
    // Whose terms are not made yet: who just came or was renamed is found at once.
    sql`(select device_id from device_term_due limit ${DUE_CANDIDATES})`,
    sql`(select device_id from device_term where kind = 'tag' and label = ${text} limit ${CANDIDATES})`,
  )
  if (/^[0-9a-f]+$/.test(squashed))
    parts.push(
      sql`(select id from device where deleted_at is null and uuid collate "C" like ${startOf(squashed)} order by uuid collate "C" limit ${CANDIDATES})`,
    )
  if (squashed.length >= 4)
    parts.push(
      sql`(select device_id from device_term where kind in ('mac', 'serial') and reverse(term) collate "C" like ${startOf(reversed(squashed))} limit ${CANDIDATES})`,
    )
  if (tag !== null)
    parts.push(
      sql`(select device_id from device_term where kind = 'tag' and label = ${tag.key} and term like ${startOf(tag.value)} order by term limit ${CANDIDATES})`,
    )
  const found = await sql<{ device_id: number }>`${sql.join(parts, sql` union `)}`.execute(db)
  return found.rows.map((row) => row.device_id)
}

/** A word of a search: its start, or any of these terms. */
export type WordOrNear = { word: string; near: readonly string[] }

function conditionOf({ word, near }: WordOrNear): RawBuilder<unknown> {
  const starts = sql`t.term like ${startOf(word)}`
  return near.length === 0 ? starts : sql`(${starts} or t.term = any(${[...near]}::text[]))`
}

/** Devices that have all of these words, each in any place: driven by the rarest. */
export async function readByWords(db: Db, words: readonly WordOrNear[]): Promise<number[]> {
  const conditions = words.map(conditionOf)
  const [only] = conditions
  if (!only) return []
  if (conditions.length === 1) {
    const found = await sql<{
      device_id: number
    }>`select t.device_id from device_term t where ${only} limit ${WORD_CANDIDATES}`.execute(db)
    return [...new Set(found.rows.map((row) => row.device_id))]
  }
  const counted = await sql<Record<string, number>>`select ${sql.join(
    conditions.map(
      (condition, index) =>
        sql`(select count(*)::int from (select 1 from device_term t where ${condition} limit ${FEW + 1}) as few) as ${sql.ref(`n${index}`)}`,
    ),
  )}`.execute(db)
  const counts = conditions.map((condition, index) => ({
    condition,
    count: counted.rows[0]?.[`n${index}`] ?? 0,
  }))
  counts.sort((a, b) => a.count - b.count)
  const [rarest, ...others] = counts
  if (!rarest || rarest.count === 0) return []
  const found =
    rarest.count <= FEW
      ? await sql<{ device_id: number }>`
          with rare as materialized (select distinct t.device_id from device_term t where ${rarest.condition})
          select device_id from rare where ${sql.join(
            others.map(
              ({ condition }) =>
                sql`exists (select 1 from device_term t where t.device_id = rare.device_id and ${condition} offset 0)`,
            ),
            sql` and `,
          )} limit ${WORD_CANDIDATES}`.execute(db)
      : await sql<{ device_id: number }>`${sql.join(
          counts.map(({ condition }) => sql`(select t.device_id from device_term t where ${condition})`),
          sql` intersect `,
        )} limit ${WORD_CANDIDATES}`.execute(db)
  return found.rows.map((row) => row.device_id)
}

/** Words in use that share most of their three-letter parts with this one, nearest first. */
export async function readNearWords(db: Db, word: string): Promise<string[]> {
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

export async function readFoundDevices(db: Db, ids: readonly number[]): Promise<FoundRow[]> {
  if (ids.length === 0) return []
  const found = await sql<FoundRow>`
    select d.id, d.uuid, d.name, d.tags, concat_ws(' ', d.ip_address, d.public_address) as addresses, d.mac_address, d.cpu_id,
      d.fleet_id, f.name as fleet_name, d.health, d.connectivity, d.connectivity_changed_at, d.last_seen_at
    from device d join fleet f on f.id = d.fleet_id
    where d.id = any(${[...ids]}::bigint[]) and d.deleted_at is null`.execute(db)
  return found.rows
}
