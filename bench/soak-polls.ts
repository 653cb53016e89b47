/** Devices of a soak that poll at their interval, and those among them that report by themselves whenever they polled. */
import { deviceApiPaths } from '#contract/device-protocol'
import type { LoadDevice } from './ingest-load.ts'
import { RawConnection, requestBytes } from './raw-http.ts'
import type { SoakFleet } from './soak-fleet.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export type Polls = {
  /** Polls and reports answered, what was answered otherwise, and connections that ended, so far. */
  counted: { polls: number; reports: number; refused: number; broken: number }
  /** By position of the device: the newest report acknowledged, and the newest sent. */
  acknowledged: Uint32Array
  sent: Uint32Array
  stop: () => Promise<void>
}

/** Starts them: each device once in `pollMs`, spread over it; `isReporting`: each reports after its poll. */
export async function startPolls(options: {
  port: number
  connections: number
  fleet: SoakFleet
  devices: readonly LoadDevice[]
  pollMs: number
  isReporting: boolean
}): Promise<Polls> {
  const { fleet, devices, connections: width, pollMs } = options
  const connections = await Promise.all(Array.from({ length: width }, () => RawConnection.open(options.port)))
  const acknowledged = new Uint32Array(devices.length)
  const sent = new Uint32Array(devices.length)
  const counted = { polls: 0, reports: 0, refused: 0, broken: 0 }
  const over = new AbortController()
  const isRunning = () => !over.signal.aborted

  const poll = async (connection: RawConnection, { n, uuid, key }: LoadDevice) => {
    const path = deviceApiPaths.targetState.replace(':uuid', uuid)
    const { status, body } = await connection.send(requestBytes('GET', path, key, ''))
    if (status === 200) fleet.polled(n, body)
    if (status === 200) counted.polls++
    else counted.refused++
  }
  const report = async (connection: RawConnection, { n, uuid, key }: LoadDevice, at: number) => {
    const sequence = (sent[at] ?? 0) + 1
    sent[at] = sequence
    const { status } = await connection.send(fleet.bytesOf(uuid, key, n, sequence))
    if (status === 200) {
      acknowledged[at] = sequence
      counted.reports++
    } else counted.refused++
  }
  const startedMs = performance.now()
  const drive = async (connection: RawConnection, first: number) => {
    for (let turn = 0; isRunning(); turn++)
      for (let at = first; at < devices.length && isRunning(); at += width) {
        const dueMs = startedMs + (turn + at / devices.length) * pollMs
        const waitMs = dueMs - performance.now()
        // Woken now and then, so that it can be stopped.
        for (let left = waitMs; left > 0 && isRunning(); left = dueMs - performance.now())
          await sleep(Math.min(left, 1_000))
        const device = devices[at]
        if (!device || fleet.isSilent(device.n)) continue
        await poll(connection, device)
        if (options.isReporting && !fleet.isGathered) await report(connection, device, at)
      }
  }
  const ends = Promise.all(
    connections.map((connection, index) => drive(connection, index).catch(() => counted.broken++)),
  )
  return {
    counted,
    acknowledged,
    sent,
    async stop() {
      over.abort()
      await ends
      for (const connection of connections) connection.close()
    },
  }
}
