/**
 * A throwaway PostgreSQL for tests: its own cluster in a temporary folder on a free loopback port, untouched
 * by and not touching any other PostgreSQL of the machine.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPostgres } from './find-postgres.ts'

const run = promisify(execFile)

export interface PostgresServer {
  /** A superuser's URL of the database `postgres`. */
  url: string
  /** Ends the server as a crash does: nothing is finished or written. */
  crash(): Promise<void>
  /** Starts it again after a crash. */
  restart(): Promise<void>
  /** Stops the server at once and deletes its folder. */
  stop(): Promise<void>
}

const settings = {
  max_connections: '200',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
}

// Nothing of a throwaway cluster has to survive a crash, so it need not wait for the disk.
const hasty = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * Starts a cluster; undefined where this machine has no PostgreSQL programs. Rejects when it does not start.
 * `isDurable`: commits wait for the disk, as they do in earnest.
 */
export async function startPostgres({ isDurable = false } = {}): Promise<PostgresServer | undefined> {
  const programs = findPostgres()
  if (programs === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'wheelhouse-postgres-'))
  try {
    const asUser = await unprivileged(folder)
    const dataFolder = join(folder, 'data')
    const initdb = [
      '-D',
      dataFolder,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ]
    await run(...asUser(programs.initdb, initdb), { cwd: folder })
    const port = await freePort()
    const options = Object.entries({ ...settings, ...(isDurable ? {} : hasty), port }).flatMap(
      ([key, value]) => ['-c', `${key}=${value}`],
    )
    const [command, args] = asUser(programs.postgres, ['-D', dataFolder, ...options])
    const launch = async () => {
      const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
      const exited = exitOf(child)
      await untilReady(child.stderr, exited)
      child.stderr.resume()
      return exited
    }
    let exited = await launch()
    // A signal to the server itself, which need not be our own child: runuser may be.
    const end = async (signal: NodeJS.Signals) => {
      const pid = Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0])
      process.kill(pid, signal)
      await exited.done
    }
    return {
      url: `postgres://postgres@127.0.0.1:${String(port)}/postgres`,
      crash: () => end('SIGQUIT'),
      async restart() {
        exited = await launch()
      },
      async stop() {
        // "Fast shutdown".
        await end('SIGINT')
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` (or `nobody`), who gets the folder. */
async function unprivileged(
  folder: string,
): Promise<(command: string, args: string[]) => [string, string[]]> {
  if (process.getuid?.() !== 0) return (command, args) => [command, args]
  const passwd = readFileSync('/etc/passwd', 'utf8')
  const user = passwd.includes('\npostgres:') ? 'postgres' : 'nobody'
  chmodSync(folder, 0o700)
  await run('chown', [user, folder])
  return (command, args) => ['runuser', ['-u', user, '--', command, ...args]]
}

/** In an object: awaiting what holds a promise must not await the promise. */
const exitOf = (child: ChildProcess) => ({
  done: new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve()
    })
  }),
})

async function untilReady(stderr: NodeJS.ReadableStream, exited: { done: Promise<void> }): Promise<void> {
  let printed = ''
  const ready = new Promise<'ready'>((resolve) => {
    stderr.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8')
      if (printed.includes('ready to accept connections')) resolve('ready')
    })
  })
  const outcome = await Promise.race([ready, exited.done])
  if (outcome !== 'ready') throw new Error(`PostgreSQL stopped while starting:\n${printed}`)
}

/** A port of the loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
