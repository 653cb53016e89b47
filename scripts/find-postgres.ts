/**
 * Finds PostgreSQL's programs for the store tests; run as a command, it installs them where there are none:
 *
 *     npx tsx scripts/find-postgres.ts     prints what it does on stderr and the folder on stdout
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureServer, foldersOnPath, isExecutable } from './programs.ts'

const debianFolder = '/usr/lib/postgresql'
const otherFolders = ['/usr/local/pgsql/bin', '/opt/homebrew/bin', '/opt/homebrew/opt/postgresql/bin']

export interface PostgresPrograms {
  folder: string
  initdb: string
  postgres: string
}

/** The newest usable `initdb` and `postgres` of this machine, or undefined. Never installs anything. */
export function findPostgres(): PostgresPrograms | undefined {
  for (const folder of [...foldersOnPath(), ...debianFolders(), ...otherFolders]) {
    const initdb = join(folder, 'initdb')
    const postgres = join(folder, 'postgres')
    if (!isExecutable(initdb) || !isExecutable(postgres)) continue
    // initdb looks for postgres beside itself, so a link on the PATH is followed to the real folder.
    const real = realpathSync(initdb)
    return { folder: dirname(real), initdb: real, postgres: realpathSync(postgres) }
  }
  return undefined
}

function debianFolders(): string[] {
  if (!existsSync(debianFolder)) return []
  const versions = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(debianFolder, version, 'bin'))
}

/** Finds PostgreSQL, else installs it by apt. Undefined: could not be had. */
export function ensurePostgres(say: (line: string) => void): PostgresPrograms | undefined {
  ensureServer({ name: 'PostgreSQL', debianPackage: 'postgresql', find: () => findPostgres()?.folder }, say)
  return findPostgres()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const programs = ensurePostgres((line) => {
    process.stderr.write(`${line}\n`)
  })
  if (programs === undefined) process.exitCode = 1
  else process.stdout.write(`${programs.folder}\n`)
}
