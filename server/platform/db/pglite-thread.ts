import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { checkDataFolder } from './data-folder.ts'

/** How long after a breakdown the database is opened anew, and how often that is tried where it fails. */
const AGAIN_AFTER_MS = 1_000

export type PgliteThread = {
  /** Closes the database cleanly. */
  stop: () => Promise<void>
}

// Beside this file as TypeScript in development, built next to the bundle as JavaScript.
function workerUrl(): URL {
  const built = new URL('./pglite-worker.js', import.meta.url)
  return existsSync(built) ? built : new URL('./pglite-worker-dev.mjs', import.meta.url)
}

/** The next word of a thread; rejects when it ends instead. */
const wordOf = (worker: Worker) =>
  new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the embedded database ended with code ${String(code)}`)))
  })

/** Resolves when it answers on its socket. */
async function begin(workerData: {
  dataDir: string | null
  socketPath: string
  startFrom: string | null
}): Promise<Worker> {
  const worker = new Worker(workerUrl(), { workerData })
  try {
    await wordOf(worker)
    return worker
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

/**
 * Runs the embedded database of `dataDir` (null: in memory) in its thread, answering on `socketPath`. When it breaks down,
 * because its disk is full or a fault of its own ends it, connections are refused until it has been opened anew, which is
 * tried every second; what was committed is there then. One in memory stays away. Rejects when it cannot be opened at first.
 */
export async function runPglite(
  data: { dataDir: string | null; socketPath: string; startFrom: string | null },
  onError: (error: Error) => void,
): Promise<PgliteThread> {
  let isStopping = false
  let worker: Worker | null = null
  const tell = (error: unknown) => onError(error instanceof Error ? error : new Error(String(error)))

  async function openAnew(dataDir: string): Promise<void> {
    while (!isStopping && worker === null) {
      await delay(AGAIN_AFTER_MS)
      // What the thread that died listened on is left behind.
      await rm(data.socketPath, { force: true })
      try {
        await checkDataFolder(dataDir)
        await open(null)
      } catch (error) {
        tell(error)
      }
    }
  }
  let opening: Promise<void> = Promise.resolve()

  async function open(startFrom: string | null): Promise<void> {
    const opened = await begin({ ...data, startFrom })
    worker = opened
    opened.on('error', tell)
    opened.once('exit', () => {
      worker = null
      if (!isStopping && data.dataDir !== null) opening = openAnew(data.dataDir)
    })
  }

  await open(data.startFrom)
  return {
    async stop() {
      isStopping = true
      await opening
      const last = worker
      if (last === null) return
      const stopped = wordOf(last)
      last.postMessage('stop')
      // One that breaks down meanwhile is stopped too.
      await stopped.catch(tell)
      await last.terminate()
    },
  }
}
