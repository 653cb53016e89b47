import { z } from 'zod'

/**
 * A backup is gzip of lines: a head, then each table's head with its rows as JSON objects, then an end that counts them and
 * has the SHA-256 of all lines before it. Lines that are no rows begin with `#`.
 */
export const BACKUP_FORMAT = 'wheelhouse-backup-1'

export const backupHead = z.object({
  format: z.literal(BACKUP_FORMAT, `is not ${BACKUP_FORMAT}`),
  createdAt: z.string(),
  store: z.string(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
})
export const tableHead = z.object({ table: z.string().regex(/^[a-z_]+$/) })
export const backupEnd = z.object({ rows: z.record(z.string(), z.int()), sha256: z.string() })

export type BackupHead = z.infer<typeof backupHead>
export type BackupEnd = z.infer<typeof backupEnd>

export const metaLine = (value: object) => `#${JSON.stringify(value)}\n`
