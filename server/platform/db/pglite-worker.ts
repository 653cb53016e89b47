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

const port = parentPort
if (!port) throw new Error('pglite-worker must run as a worker thread')
const db = await PGlite.create({
  ...(dataDir === null ? {} : { dataDir }),
  ...(startFrom === null ? {} : { loadDataDir: new Blob([await readFile(startFrom)]) }),
})
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
