/**
 * Dumps of PGlite's data folder that tests begin with. Making one takes as long as a PostgreSQL's initdb and all migrations,
 * loading it a fraction, so each is made once and kept beside other caches.
 */
import { PGlite } from '@electric-sql/pglite'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { openPglite } from '../platform/db/database.ts'
import { migrate, type Migration } from '../platform/db/migrate.ts'

const modules = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../node_modules')
const cache = path.join(modules, '.cache')
const fail = (error: Error) => {
  throw error
}

async function pgliteVersion(): Promise<string> {
  const text = await readFile(path.join(modules, '@electric-sql/pglite/package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

/** The file of this kind and form; made when it is not there, and then those of other forms are removed. */
async function kept(kind: string, form: string, make: () => Promise<PGlite>): Promise<string> {
  const name = `${kind}-${form}.tar`
  const file = path.join(cache, name)
  if (existsSync(file)) return file
  const database = await make()
  const dump = await database.dumpDataDir('none')
  await database.close()
  await mkdir(cache, { recursive: true })
  // Others may make it at the same time: it is there whole, or not at all.
  const own = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(own, Buffer.from(await dump.arrayBuffer()))
  await rename(own, file)
  const others = (await readdir(cache)).filter(
    (other) => other.startsWith(`${kind}-`) && other.endsWith('.tar') && other !== name,
  )
  await Promise.all(others.map((other) => rm(path.join(cache, other), { force: true })))
  return file
}

/** A PGlite nobody has written to. */
export const emptyDump = async (): Promise<string> =>
  kept('pglite-empty', await pgliteVersion(), () => PGlite.create())

/** One with all these migrations. */
export async function migratedDump(migrations: readonly Migration[]): Promise<string> {
  const version = await pgliteVersion()
  const told = migrations.map(({ name, checksum }) => `${name} ${checksum}`).join('\n')
  const form = createHash('sha256').update(`${version}\n${told}`).digest('hex').slice(0, 16)
  const folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-dump-'))
  try {
    return await kept('pglite-migrated', form, async () => {
      const database = await openPglite(folder, fail, await emptyDump())
      await migrate(database.db, migrations)
      await database.close()
      return PGlite.create({ dataDir: path.join(folder, 'pglite') })
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
