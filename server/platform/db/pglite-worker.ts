import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { z } from 'zod'

/**
 * The embedded database in a thread of its own, so that no query ever blocks the gateway's event loop. It speaks the
 * PostgreSQL wire protocol on a unix socket in a private folder: the gateway uses one driver for both stores.
 */
const { dataDir, socketPath, startFrom } = z
  .object({ dataDir: z.string().nullable(), socketPath: z.string(), startFrom: z.string().nullable() })
  .parse(workerData)

/** The type of a message of PostgreSQL's protocol. */
const ERROR_RESPONSE = 'E'.charCodeAt(0)

const port = parentPort
if (!port) throw new Error('pglite-worker must run as a worker thread')
const db = await PGlite.create({
  ...(dataDir === null ? {} : { dataDir }),
  ...(startFrom === null ? {} : { loadDataDir: new Blob([await readFile(startFrom)]) }),
})

/** What is thrown in WebAssembly need not be an Error. */
const textOf = (error: unknown) =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)

/** The text of an answer after which the database does nothing more (an ErrorResponse of severity FATAL or PANIC), or null. */
function lastWord(answer: Uint8Array): string | null {
  if (answer[0] !== ERROR_RESPONSE) return null
  const fields = Buffer.from(answer).toString('utf8')
  if (!/\0V(PANIC|FATAL)\0/.test(fields)) return null
  return /\0M([^\0]*)\0/.exec(fields)?.[1] ?? 'it does not say why'
}

/**
 * SQL that fails is an answer like others, but when the database itself breaks down (it cannot write what it must) nothing
 * is answered from there on: the thread ends, which tells whoever waits, and is begun anew.
 */
function breakDown(reason: string): void {
  setImmediate(() => {
    throw new Error(`the embedded database broke down: ${reason}`)
  })
}
const execute = db.execProtocolRawStream.bind(db)
db.execProtocolRawStream = async (message, options) => {
  const onRawData = (answer: Uint8Array) => {
    options.onRawData(answer)
    const reason = lastWord(answer)
    if (reason !== null) breakDown(reason)
  }
  try {
    await execute(message, { ...options, onRawData })
  } catch (error) {
    breakDown(textOf(error))
    throw error
  }
}

const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 1 })
await server.start()
port.on('message', () => {
  void (async () => {
    await server.stop()
    await db.close()
    port.postMessage('stopped')
    port.close()
  })()
})
port.postMessage('ready')
