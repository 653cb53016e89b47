import { sql, type Kysely, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { trigramsOf } from './search-query.rules.ts'
import { termsOf, vocabularyOf, type Searchable, type Term } from './search-terms.rules.ts'

/** Any number, the same for every gateway. */
const INDEX_LOCK = 7_406_159
const BATCH = 100
const MOST_BATCHES = 40
const MANY_BATCHES = 10

type Trx = Transaction<Schema>
type SearchableRow = {
  uuid: string
  name: string
  tags: Record<string, string>
  addresses: string
  mac_address: string | null
  cpu_id: string | null
}

const parts = (text: string | null) => (text ?? '').split(' ').filter((part) => part !== '')

export const searchableOf = (row: SearchableRow): Searchable => ({
  uuid: row.uuid,
  name: row.name,
  tags: row.tags,
  addresses: parts(row.addresses),
  macs: parts(row.mac_address),
  serial: row.cpu_id,
})

/** Job: makes the terms of devices that changed; one gateway at a time. Goes on at its next turn when there are many. */
export async function indexDevices(db: Kysely<Schema>): Promise<void> {
  let batches = 0
  while (batches < MOST_BATCHES && (await db.transaction().execute(indexSome)) === BATCH) batches++
  // The embedded database counts nothing by itself, and plans badly for tables it believes to be empty.
  if (batches >= MANY_BATCHES) await sql`analyze device_term, word_trigram`.execute(db)
}

async function indexSome(trx: Trx): Promise<number> {
  const lock = await sql<{
    is_mine: boolean
  }>`select pg_try_advisory_xact_lock(${INDEX_LOCK}) as is_mine`.execute(trx)
  if (lock.rows[0]?.is_mine !== true) return 0
  // Off the list first: what changes a device from here on puts it back.
  const due = await sql<{ device_id: number }>`
    delete from device_term_due where device_id in (
      select device_id from device_term_due limit ${BATCH} for update skip locked) returning device_id`.execute(
    trx,
  )
  const ids = due.rows.map((row) => row.device_id)
  if (ids.length === 0) return 0
  const devices = await sql<SearchableRow & { id: number }>`
    select id, uuid, name, tags, concat_ws(' ', ip_address, public_address) as addresses, mac_address, cpu_id
    from device where id = any(${ids}::bigint[]) and deleted_at is null`.execute(trx)
  await sql`delete from device_term where device_id = any(${ids}::bigint[])`.execute(trx)
  const terms = devices.rows.flatMap((row) =>
    termsOf(searchableOf(row)).map((term) => ({ ...term, deviceId: row.id })),
  )
  if (terms.length > 0)
    await sql`
      insert into device_term (device_id, kind, label, term)
      select * from unnest(${terms.map((term) => term.deviceId)}::bigint[], ${terms.map((term) => term.kind)}::text[],
        ${terms.map((term) => term.label)}::text[], ${terms.map((term) => term.term)}::text[])`.execute(trx)
  await addWords(trx, terms)
  return ids.length
}

async function addWords(trx: Trx, terms: readonly Term[]): Promise<void> {
  const words = vocabularyOf(terms)
  if (words.length === 0) return
  const known = await sql<{ word: string }>`
    select distinct word from word_trigram where word = any(${words}::text[])`.execute(trx)
  const isKnown = new Set(known.rows.map((row) => row.word))
  const added = words
    .filter((word) => !isKnown.has(word))
    .flatMap((word) => trigramsOf(word).map((trigram) => ({ word, trigram })))
  if (added.length === 0) return
  await sql`
    insert into word_trigram (trigram, word)
    select * from unnest(${added.map(({ trigram }) => trigram)}::text[], ${added.map(({ word }) => word)}::text[])
    on conflict do nothing`.execute(trx)
}

/** Job: forgets words that no device uses any more. */
export async function pruneWords(db: Kysely<Schema>): Promise<void> {
  await sql`
    delete from word_trigram where word in (
      select word from (select distinct word from word_trigram) as used
      where not exists (select 1 from device_term t where t.term = used.word and t.kind in ('word', 'tag')))`.execute(
    db,
  )
}
