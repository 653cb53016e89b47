import { sql, type Kysely, type Transaction } from 'kysely'
import type { AuditCheck } from '#contract/audit'
import type { Schema } from '../../platform/db/schema.ts'
import { FIRST_SEAL, sealOf, type SealedText } from './audit-seal.rules.ts'

/** Any number, the same for every gateway. */
const SEAL_LOCK = 7_406_172
const BATCH = 500
const CHECK_BATCH = 1_000
const MOST_FAULTS = 20

type Trx = Transaction<Schema>

/** SQL over `e`: every column as text; times in UTC to the microsecond, jsonb in the order PostgreSQL keeps its keys in. */
const sealed = sql<SealedText>`jsonb_build_array(e.id::text,
  to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.actor, e.actor_kind, e.address, e.action,
  e.subject_kind, e.subject_id, e.fleet_id::text, e.summary, e.data::text)`

async function sealSome(trx: Trx, now: Date): Promise<number> {
  const lock = await sql<{ is_mine: boolean }>`
    select pg_try_advisory_xact_lock(${SEAL_LOCK}) as is_mine`.execute(trx)
  if (lock.rows[0]?.is_mine !== true) return 0
  const { rows } = await sql<{ entry_id: number; entry: SealedText }>`
    select e.id as entry_id, ${sealed} as entry
    from audit_unsealed u join audit_entry e on e.id = u.entry_id order by e.id limit ${BATCH}`.execute(trx)
  if (rows.length === 0) return 0
  const head = await sql<{ position: number; hash: string }>`
    select position, hash from audit_seal order by position desc limit 1`.execute(trx)
  let { position, hash } = head.rows[0] ?? { position: 0, hash: FIRST_SEAL }
  const seals = rows.map(({ entry_id, entry }) => {
    position++
    hash = sealOf(hash, position, entry)
    return { position, entry_id, hash, sealed_at: now }
  })
  await trx.insertInto('audit_seal').values(seals).execute()
  await sql`delete from audit_unsealed where entry_id = any(${rows.map((row) => row.entry_id)}::bigint[])`.execute(
    trx,
  )
  return rows.length
}

/** Job: seals what was stored since; one gateway at a time. */
export async function sealEntries(db: Kysely<Schema>, now: () => Date): Promise<void> {
  while ((await db.transaction().execute((trx) => sealSome(trx, now()))) === BATCH);
}

type Checked = { position: number; entry_id: number; hash: string; entry: SealedText | null }

/** Goes along all seals, a batch at a time, and says what does not fit. All of it is read of one moment by the caller. */
export async function checkSeals(db: Kysely<Schema>): Promise<AuditCheck> {
  const faults: AuditCheck['faults'] = []
  const fault = (position: number | null, entryId: number | null, what: string) => {
    if (faults.length < MOST_FAULTS) faults.push({ position, entryId, what })
  }
  let [position, hash, count] = [0, FIRST_SEAL, 0]
  for (;;) {
    const { rows } = await sql<Checked>`
      select s.position, s.entry_id, s.hash, case when e.id is null then null else ${sealed} end as entry
      from audit_seal s left join audit_entry e on e.id = s.entry_id
      where s.position > ${position} order by s.position limit ${CHECK_BATCH}`.execute(db)
    for (const row of rows) {
      if (row.position !== position + 1) fault(position + 1, null, 'its seal is missing')
      if (row.entry === null) fault(row.position, row.entry_id, 'the entry was taken out')
      else if (sealOf(hash, row.position, row.entry) !== row.hash)
        fault(row.position, row.entry_id, 'the entry or its seal was changed')
      // What follows is judged by the seal that stands there: one fault is told once.
      ;[position, hash] = [row.position, row.hash]
      count++
    }
    if (rows.length < CHECK_BATCH) break
  }
  const unsealed = await sql<{ waiting: number; unknown: number; first: number | null }>`
    select (select count(*)::int from audit_unsealed) as waiting,
      count(*)::int as unknown, min(e.id) as first from audit_entry e
    where not exists (select 1 from audit_seal s where s.entry_id = e.id)
      and not exists (select 1 from audit_unsealed u where u.entry_id = e.id)`.execute(db)
  const [rest] = unsealed.rows
  if (rest && rest.unknown > 0)
    fault(
      null,
      rest.first,
      `${String(rest.unknown)} ${rest.unknown === 1 ? 'entry was' : 'entries were'} put in past the gateway`,
    )
  return {
    isWhole: faults.length === 0,
    sealed: count,
    waiting: rest?.waiting ?? 0,
    head: count === 0 ? null : { position, hash },
    faults,
  }
}
