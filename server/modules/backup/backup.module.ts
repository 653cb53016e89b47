import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import { atOneMoment } from '../../platform/db/one-moment.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { backupLines } from './backup.store.ts'

export type BackupDeps = {
  db: Kysely<Schema>
  now: () => Date
  store: string
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
}

/** Writes everything the store holds into a new file, which only this account may read. */
export const writeBackup = (db: Kysely<Schema>, file: string, about: { now: Date; store: string }) =>
  atOneMoment(db, (trx) =>
    pipeline(
      Readable.from(backupLines(trx, about)),
      createGzip(),
      createWriteStream(file, { mode: 0o600, flags: 'wx' }),
    ),
  )

const fileNameAt = (at: Date) => `wheelhouse-${at.toISOString().slice(0, 19).replaceAll(':', '')}.backup.gz`

/** Everything the store holds, as one file. */
export function backupModule(deps: BackupDeps) {
  return {
    register(app: FastifyInstance): void {
      registerRoute(app, routes.downloadBackup, async ({ caller, reply }) => {
        const now = deps.now()
        await deps.audit(deps.db, {
          actor: caller,
          action: 'backup.download',
          subjectKind: 'gateway',
          subjectId: 'store',
          summary: 'Downloaded a backup of everything',
        })
        // Written first and sent then: the moment it is of is held for the store and not for whoever downloads.
        const folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-backup-'))
        const remove = () => rm(folder, { recursive: true, force: true })
        const file = path.join(folder, 'backup.gz')
        try {
          await writeBackup(deps.db, file, { now, store: deps.store })
        } catch (error) {
          await remove()
          throw error
        }
        const { size } = await stat(file)
        const stream = createReadStream(file)
        stream.on('close', () => void remove())
        reply
          .type('application/gzip')
          .header('content-length', size)
          .header('content-disposition', `attachment; filename="${fileNameAt(now)}"`)
        return reply.send(stream)
      })
    },
  }
}
