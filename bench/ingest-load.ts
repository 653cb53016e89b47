/** Devices that report over kept connections as fast as they are answered. */
import { RawConnection } from './raw-http.ts'
import { percentile } from './table.ts'

/** A device of the load, wherever it reports to. */
export type LoadDevice = { n: number; uuid: string; key: string }

export type LoadResult = {
  seconds: number
  reports: number
  /** Answers other than 200, by status. */
  refused: Record<string, number>
  p50Ms: number
  p95Ms: number
  p99Ms: number
  /** Bytes on the wire per report, as sent and as answered. */
  sentBytes: number
  receivedBytes: number
}

export type Load = {
  /** Measures for so long; the load goes on afterwards. */
  measure: (seconds: number) => Promise<LoadResult>
  /** Measures until the result is asked for. */
  begin: () => () => LoadResult
  /** Ends when the connections break or all is answered. */
  stop: () => Promise<void>
  /** By position of the device: the newest report acknowledged, and the newest sent. */
  acknowledged: Uint32Array
  sent: Uint32Array
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Starts it. Each connection has devices of its own and sends their reports in turn, so that what was acknowledged of
 * each is known for certain. `firstSequence`: the number of the first report of each device.
 */
export async function startLoad(options: {
  port: number
  connections: number
  devices: readonly LoadDevice[]
  bytesOf: (uuid: string, key: string, n: number, sequence: number) => string
  firstSequence: number
  /** Reports a second of all connections together; absent: as many as are answered. */
  perSecond?: number
}): Promise<Load> {
  const { devices, connections: width, bytesOf } = options
  const connections = await Promise.all(Array.from({ length: width }, () => RawConnection.open(options.port)))
  const acknowledged = new Uint32Array(devices.length)
  const sent = new Uint32Array(devices.length).fill(options.firstSequence - 1)
  let tookMs: number[] | null = null
  let refused: Record<string, number> = {}
  let isRunning = true

  const startedMs = performance.now()
  /** Until it is this connection's turn again, where the rate is given. */
  const turn = async (first: number, count: number) => {
    if (options.perSecond === undefined) return
    const dueMs = startedMs + ((count * width + first) / options.perSecond) * 1000
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await sleep(waitMs)
  }
  const drive = async (connection: RawConnection, first: number) => {
    let count = 0
    for (let at = first; isRunning; at = at + width < devices.length ? at + width : first) {
      const device = devices[at]
      if (!device) return
      await turn(first, count++)
      const sequence = (sent[at] ?? 0) + 1
      sent[at] = sequence
      const sentMs = performance.now()
      const { status } = await connection.send(bytesOf(device.uuid, device.key, device.n, sequence))
      if (status === 200) {
        acknowledged[at] = sequence
        tookMs?.push(performance.now() - sentMs)
      } else {
        refused[status] = (refused[status] ?? 0) + 1
        if (status === 503) await sleep(100)
      }
    }
  }
  // A connection that breaks (the gateway was killed) ends its part of the load.
  const ends = Promise.allSettled(connections.map((connection, index) => drive(connection, index)))
  const onWire = () => ({
    sent: connections.reduce((sum, connection) => sum + connection.sentBytes, 0),
    received: connections.reduce((sum, connection) => sum + connection.receivedBytes, 0),
  })

  const begin = () => {
    const taken: number[] = []
    const before = onWire()
    refused = {}
    const startMs = performance.now()
    tookMs = taken
    return (): LoadResult => {
      tookMs = null
      const seconds = (performance.now() - startMs) / 1000
      const after = onWire()
      const reports = taken.length
      const sorted = taken.sort((a, b) => a - b)
      return {
        seconds,
        reports,
        refused: { ...refused },
        p50Ms: percentile(sorted, 0.5),
        p95Ms: percentile(sorted, 0.95),
        p99Ms: percentile(sorted, 0.99),
        sentBytes: (after.sent - before.sent) / Math.max(1, reports),
        receivedBytes: (after.received - before.received) / Math.max(1, reports),
      }
    }
  }

  return {
    acknowledged,
    sent,
    begin,
    async measure(seconds) {
      const end = begin()
      await sleep(seconds * 1000)
      return end()
    },
    async stop() {
      isRunning = false
      await ends
      for (const connection of connections) connection.close()
    },
  }
}
