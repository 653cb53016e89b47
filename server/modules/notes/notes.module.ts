import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { DeviceNote } from '#contract/device-note'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Changes } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import {
  deleteNote,
  editNote,
  insertNote,
  lockNote,
  readNotedDevice,
  readNotes,
  touchDevice,
  type NotedDevice,
  type NoteRow,
} from './notes.store.ts'

const MAX_NOTES = 200
const SUMMARY_LENGTH = 80

export type NotesDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: Changes['publish']
  audit: (trx: Transaction<Schema>, entry: AuditInput) => Promise<void>
}

const isOwn = (row: NoteRow, caller: Caller) => caller.userId !== null && row.author_id === caller.userId

const toNote = (row: NoteRow, caller: Caller): DeviceNote => ({
  id: row.id,
  author: row.author,
  isOwn: isOwn(row, caller),
  body: row.body,
  createdAt: row.created_at.toISOString(),
  editedAt: row.edited_at?.toISOString() ?? null,
  editedBy: row.edited_by,
  revision: row.revision,
})

/** The first line, for the audit log. */
const opening = (body: string) => {
  const [line = ''] = body.split('\n')
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH).toWellFormed()}…` : line
}

/** Notes on devices: where it stands, whom to call, what was tried. */
export function notesModule(deps: NotesDeps) {
  async function existing(uuid: string): Promise<NotedDevice> {
    const device = await readNotedDevice(deps.db, uuid)
    if (!device) throw Problem.notFound('device', uuid)
    return device
  }

  /** Changes notes of a device in a transaction with its audit entry, and tells whoever looks at the device. */
  async function write<T>(
    device: NotedDevice,
    caller: Caller,
    change: (trx: Transaction<Schema>) => Promise<{ answer: T; action: string; summary: string }>,
  ): Promise<T> {
    const { answer } = await deps.db.transaction().execute(async (trx) => {
      const done = await change(trx)
      await touchDevice(trx, device.id, deps.now())
      await deps.audit(trx, {
        actor: caller,
        action: done.action,
        subjectKind: 'device',
        subjectId: device.uuid,
        fleetId: device.fleetId,
        summary: `${done.summary} (${device.name})`,
      })
      return done
    })
    const { id: deviceId, uuid, fleetId } = device
    deps.publish([{ kind: 'device', deviceId, uuid, fleetId, aspects: new Set(['identity']) }])
    return answer
  }

  /** The note, locked, that this caller may change. */
  async function changeable(
    trx: Transaction<Schema>,
    device: NotedDevice,
    noteId: number,
    caller: Caller,
  ): Promise<NoteRow> {
    const row = await lockNote(trx, device.id, noteId)
    if (!row) throw Problem.notFound('note', String(noteId))
    if (!isOwn(row, caller) && caller.role !== 'admin')
      throw Problem.forbidden(`Only ${row.author} or an administrator may change this note`)
    return row
  }

  return {
    /** The notes of a device, newest first. */
    read: (deviceId: number) => readNotes(deps.db, deviceId, MAX_NOTES),
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listDeviceNotes, async ({ params, caller }) => {
        const device = await existing(params.uuid)
        const rows = await readNotes(deps.db, device.id, MAX_NOTES)
        return { notes: rows.map((row) => toNote(row, caller)) }
      })
      registerRoute(app, routes.createDeviceNote, async ({ params, body, caller }) => {
        const device = await existing(params.uuid)
        return write(device, caller, async (trx) => {
          const row = await insertNote(trx, device.id, body.body, caller, deps.now())
          return {
            answer: toNote(row, caller),
            action: 'device.note.create',
            summary: `Noted: ${opening(body.body)}`,
          }
        })
      })
      registerRoute(app, routes.editDeviceNote, async ({ params, body, caller }) => {
        const device = await existing(params.uuid)
        return write(device, caller, async (trx) => {
          const before = await changeable(trx, device, params.noteId, caller)
          if (before.revision !== body.revision)
            throw Problem.conflict(
              'note-changed',
              `${before.edited_by ?? before.author} changed this note meanwhile; yours was not stored`,
            )
          const row = await editNote(trx, before.id, body.body, caller.name, deps.now())
          return {
            answer: toNote(row, caller),
            action: 'device.note.edit',
            summary: `Changed a note: ${opening(body.body)}`,
          }
        })
      })
      registerRoute(app, routes.deleteDeviceNote, async ({ params, caller }) => {
        const device = await existing(params.uuid)
        await write(device, caller, async (trx) => {
          const row = await changeable(trx, device, params.noteId, caller)
          await deleteNote(trx, row.id)
          return {
            answer: null,
            action: 'device.note.delete',
            summary: `Deleted a note of ${row.author}: ${opening(row.body)}`,
          }
        })
      })
    },
  }
}
