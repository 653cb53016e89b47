import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { CannotStart, systemReason } from '../cannot-start.ts'

/** Of every PostgreSQL since 8.0 (PG_CONTROL_FILE_SIZE in catalog/pg_control.h). */
const CONTROL_FILE_BYTES = 8_192

/** Why files of the embedded database are no database. */
class DamagedFolder extends Error {}

/**
 * Throws where these are not the files of a database. PGlite takes a folder without a version for an empty one and would begin
 * a new database in it, be it among the files of an old one, or where the disk with the old one is not there just now.
 */
export async function checkDataFolder(dataDir: string): Promise<void> {
  const version = await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8').catch(nullIfMissing)
  if (version === null) throw new DamagedFolder('its file PG_VERSION is missing')
  if (!/^\d+\s*$/.test(version)) throw new DamagedFolder('its file PG_VERSION names no version')
  const control = await stat(path.join(dataDir, 'global', 'pg_control')).catch(nullIfMissing)
  if (control === null) throw new DamagedFolder('its file global/pg_control is missing')
  if (control.size !== CONTROL_FILE_BYTES) throw new DamagedFolder('its file global/pg_control is not whole')
}

/** Only a file that is not there is missing; one that may not be read has another reason, which is told. */
function nullIfMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}

/** The folder of the embedded database in the gateway's data folder, made where there is none; throws as `checkDataFolder`. */
export async function findDataFolder(folder: string): Promise<string> {
  const dataDir = path.join(folder, 'pglite')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if ((await readdir(dataDir)).length > 0) await checkDataFolder(dataDir)
  return dataDir
}

/** One sentence for a data folder in which the database could not be opened. */
export function cannotOpen(folder: string, error: unknown): Error {
  if (error instanceof CannotStart) return error
  const [said = ''] = (error instanceof Error ? error.message : String(error)).split('. ')
  const reason =
    systemReason(error) ??
    (error instanceof DamagedFolder
      ? said
      : `the database gave up on its files (${said.replace(/\.+$/, '')})`)
  return new CannotStart(
    `The database in the data folder ${folder} cannot be opened: ${reason}. If its files are damaged, move the folder away and restore a backup into an empty one (docs/backup.md); nothing was deleted.`,
  )
}
