import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'

const MARK = 'this-is-a-wheelhouse-demo'
const START_WITHIN_MS = 60_000

/** Something the demo needs is not as it must be; the message is one sentence for the terminal. */
export class DemoError extends Error {}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** An empty data folder. Deletes what an earlier demo left there, and nothing else. */
export async function freshFolder(folder: string): Promise<void> {
  if (existsSync(folder)) {
    const names = await readdir(folder)
    if (names.length > 0 && !names.includes(MARK))
      throw new DemoError(
        `${folder} holds something that is no demo; set WHEELHOUSE_DEMO_DATA to another folder.`,
      )
    if (names.includes('gateway.pid')) {
      const pid = Number(await readFile(path.join(folder, 'gateway.pid'), 'utf8'))
      if (pid > 0 && isAlive(pid))
        throw new DemoError(`A demo is running on ${folder} already (process ${pid}); stop it first.`)
    }
    await rm(folder, { recursive: true })
  }
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, MARK), '')
}

/** `wanted` when nothing listens there, else a free port. */
export async function freePort(host: string, wanted: number): Promise<number> {
  const listen = (port: number) =>
    new Promise<number | null>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(null))
      server.listen(port, host, () => {
        const address = server.address()
        const taken = address !== null && typeof address === 'object' ? address.port : port
        server.close(() => resolve(taken))
      })
    })
  const port = (await listen(wanted)) ?? (await listen(0))
  if (port === null) throw new DemoError(`No port can be opened on ${host}.`)
  return port
}

/** Starts the gateway as a program of its own; resolves with the token of its setup link. */
export function startGateway(
  program: string,
  environment: Record<string, string>,
): Promise<{ child: ChildProcess; setupToken: string }> {
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...environment },
  })
  child.stderr.pipe(process.stderr)
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => {
      child.kill('SIGTERM')
      reject(new DemoError('The gateway did not start within a minute.'))
    }, START_WITHIN_MS)
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new DemoError(`The gateway ended while starting, with code ${code ?? 'none'}.`)),
    )
    createInterface({ input: child.stdout }).on('line', (line) => {
      const token = /#token=(\S+)/.exec(line)?.[1]
      if (token !== undefined) {
        clearTimeout(giveUp)
        child.removeAllListeners('exit')
        resolve({ child, setupToken: token })
      } else if (/"level":(40|50|60)/.test(line)) process.stderr.write(`gateway: ${line}\n`)
    })
  })
}
