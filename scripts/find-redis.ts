/** Finds the Redis server for the tests of several gateways; `ensureRedis` installs it where there is none. */
import { join } from 'node:path'
import { ensureServer, foldersOnPath, isExecutable } from './programs.ts'

const otherFolders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']

/** The path of `redis-server`, or undefined. Never installs anything. */
export const findRedis = (): string | undefined =>
  [...foldersOnPath(), ...otherFolders].map((folder) => join(folder, 'redis-server')).find(isExecutable)

/** Finds Redis, else installs it by apt. Undefined: could not be had. */
export const ensureRedis = (say: (line: string) => void): string | undefined =>
  ensureServer({ name: 'Redis', debianPackage: 'redis-server', find: findRedis }, say)
