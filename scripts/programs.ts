/** Programs of the machine that tests need: where they are, and how Debian's are installed. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter } from 'node:path'

export const foldersOnPath = () => (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const canUseApt = () => process.getuid?.() === 0 && existsSync('/etc/debian_version')

type Wanted = {
  /** As it is called in what is printed. */
  name: string
  debianPackage: string
  /** A path of it, or undefined. Installs nothing. */
  find: () => string | undefined
}

/**
 * Finds a server, else (root on Debian) installs it by apt; says what it does. The package would start a server that nothing
 * here uses: it is kept from that, tests start their own. Undefined: could not be had.
 */
export function ensureServer(
  { name, debianPackage, find }: Wanted,
  say: (line: string) => void,
): string | undefined {
  const found = find()
  if (found !== undefined) {
    say(`${name}: found ${found}`)
    return found
  }
  if (!canUseApt()) {
    say(`${name}: none found, and only root on Debian can install it here; its tests will be skipped`)
    return undefined
  }
  say(`${name}: none found; installing it with apt (the tests start one of their own)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', debianPackage]]) {
    say(`  $ apt-get ${args.join(' ')}`)
    if (spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status !== 0) break
  }
  const installed = find()
  say(installed === undefined ? `${name}: could not be installed` : `${name}: installed ${installed}`)
  return installed
}
