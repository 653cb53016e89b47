/** Finds the Redis server for the tests of several gateways; `ensureRedis` installs it where there is none. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const otherFolders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']

/** The path of `redis-server`, or undefined. Never installs anything. */
export function findRedis(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...onPath, ...otherFolders].map((folder) => join(folder, 'redis-server')).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Finds Redis, else (root on Debian) installs it by apt. Undefined: could not be had. */
export function ensureRedis(say: (line: string) => void): string | undefined {
  const found = findRedis()
  if (found !== undefined) {
    say(`Redis: found ${found}`)
    return found
  }
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    say('Redis: none found, and only root on Debian can install it here; its tests will be skipped')
    return undefined
  }
  say('Redis: none found; installing it with apt (the tests start a server of their own)')
  // The package would otherwise start a server that nothing here uses.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']]) {
    say(`  $ apt-get ${args.join(' ')}`)
    if (spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status !== 0) break
  }
  const installed = findRedis()
  say(installed === undefined ? 'Redis: could not be installed' : `Redis: installed ${installed}`)
  return installed
}
