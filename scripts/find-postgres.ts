/**
 * Finds PostgreSQL's programs for the store tests; run as a command, it installs them where there are none:
 *
 *     npx tsx scripts/find-postgres.ts     prints what it does on stderr and the folder on stdout
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const debianFolder = '/usr/lib/postgresql'
const otherFolders = ['/usr/local/pgsql/bin', '/opt/homebrew/bin', '/opt/homebrew/opt/postgresql/bin']

export interface PostgresPrograms {
  folder: string
  initdb: string
  postgres: string
}

/** The newest usable `initdb` and `postgres` of this machine, or undefined. Never installs anything. */
export function findPostgres(): PostgresPrograms | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...onPath, ...debianFolders(), ...otherFolders]) {
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Finds PostgreSQL, else (root on Debian) installs it by apt. Undefined: could not be had. */
export function ensurePostgres(say: (line: string) => void): PostgresPrograms | undefined {
  const found = findPostgres()
  if (found !== undefined) {
    say(`PostgreSQL: found ${found.folder}`)
    return found
  }
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    say('PostgreSQL: none found, and only root on Debian can install it here; its tests will be skipped')
    return undefined
  }
  say('PostgreSQL: none found; installing it with apt (the tests start a cluster of their own)')
  // postgresql-common would otherwise create and start a cluster that nothing here uses.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'postgresql']]) {
    say(`  $ apt-get ${args.join(' ')}`)
    if (spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status !== 0) break
  }
  const installed = findPostgres()
  say(
    installed === undefined
      ? 'PostgreSQL: could not be installed'
      : `PostgreSQL: installed ${installed.folder}`,
  )
  return installed
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const programs = ensurePostgres((line) => {
    process.stderr.write(`${line}\n`)
  })
  if (programs === undefined) process.exitCode = 1
  else process.stdout.write(`${programs.folder}\n`)
}
