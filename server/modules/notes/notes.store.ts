import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

type Trx = Transaction<Schema>
export type NoteRow = Selectable<Schema['device_note']>
export type NotedDevice = { id: number; uuid: string; name: string; fleetId: number }

export async function readNotedDevice(db: Kysely<Schema>, uuid: string): Promise<NotedDevice | undefined> {
  return db
    .selectFrom('device')
    .select(['id', 'uuid', 'name', 'fleet_id as fleetId'])
    .where('uuid', '=', uuid)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export const readNotes = (db: Kysely<Schema>, deviceId: number, limit: number): Promise<NoteRow[]> =>
  db
    .selectFrom('device_note')
    .selectAll()
    .where('device_id', '=', deviceId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()

export const insertNote = (
  trx: Trx,
  deviceId: number,
  body: string,
  author: { name: string; userId: number | null },
  now: Date,
): Promise<NoteRow> =>
  trx
    .insertInto('device_note')
    .values({ device_id: deviceId, author_id: author.userId, author: author.name, body, created_at: now })
    .returningAll()
    .executeTakeFirstOrThrow()

/** The note, kept as it is by others until the transaction ends. */
export const lockNote = (trx: Trx, deviceId: number, noteId: number): Promise<NoteRow | undefined> =>
  trx
    .selectFrom('device_note')
    .selectAll()
    .where('id', '=', noteId)
    .where('device_id', '=', deviceId)
    .forUpdate()
    .executeTakeFirst()

export const editNote = (
  trx: Trx,
  noteId: number,
  body: string,
  editor: string,
  now: Date,
): Promise<NoteRow> =>
  trx
    .updateTable('device_note')
    .set({ body, edited_at: now, edited_by: editor, revision: sql`revision + 1` })
    .where('id', '=', noteId)
    .returningAll()
    .executeTakeFirstOrThrow()

export async function deleteNote(trx: Trx, noteId: number): Promise<void> {
  await trx.deleteFrom('device_note').where('id', '=', noteId).execute()
}

export async function touchDevice(trx: Trx, deviceId: number, now: Date): Promise<void> {
  await trx
    .updateTable('device')
    .set({ notes_changed_at: now, revision: sql`revision + 1` })
    .where('id', '=', deviceId)
    .execute()
}
