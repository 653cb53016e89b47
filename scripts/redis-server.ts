/** A throwaway Redis for tests: on a free loopback port, in memory alone, without touching another of the machine. */
import { spawn, type ChildProcess } from 'node:child_process'
import { findRedis } from './find-redis.ts'
import { freePort } from './postgres-server.ts'

export class RedisServer {
  readonly #program: string
  readonly #port: number
  #child: ChildProcess | null = null

  constructor(program: string, port: number) {
    this.#program = program
    this.#port = port
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.#port)}`
  }

  /** Starts it, or starts it again, empty; resolves when it takes connections. */
  async start(): Promise<void> {
    const args = ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    const child = spawn(this.#program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    let printed = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString('utf8')
        if (printed.includes('Ready to accept connections')) resolve()
      })
      child.once('error', reject)
      child.once('exit', () => {
        reject(new Error(`Redis stopped while starting:\n${printed}`))
      })
    })
    child.stdout.removeAllListeners('data').resume()
    child.stderr.resume()
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
  }
}

/** Undefined where this machine has no Redis. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const program = findRedis()
  if (program === undefined) return undefined
  const server = new RedisServer(program, await freePort())
  await server.start()
  return server
}
