/** Devices that come back after an outage, each with a connection of its own and a supervisor's patience. */
import { deviceApiPaths } from '#contract/device-protocol'
import { reportBytes, type Runs } from './ingest-fleet.ts'
import type { LoadDevice } from './ingest-load.ts'
import { RawConnection, requestBytes } from './raw-http.ts'
import { percentile } from './table.ts'

export type Reconnected = {
  /** From the first device's first try until the last device has its report acknowledged and its target. */
  recoveredSeconds: number
  /** From a device's own first try until it is back. */
  medianSeconds: number
  slowestSeconds: number
  overloaded: number
  timeouts: number
  /** Connections that failed otherwise, by the system's word for it and where. */
  broken: Record<string, number>
}

/** Upstream: a report or poll that failed is tried again after 15 s, then twice as long each time, 15 min at most. */
const FIRST_BACK_OFF_MS = 15_000
const LONGEST_BACK_OFF_MS = 900_000
/** Upstream waits 59 s for an answer. */
const TIMEOUT_MS = 59_000
/** As many files as a process may have open on most machines allow. */
const MAX_OPEN = 8_000
/** A port that was used rests for a minute, so that connections are made from many addresses. */
export const ADDRESSES = 40

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export async function reconnect(options: {
  port: number
  devices: readonly LoadDevice[]
  runs: Runs
  withinMs: number
}): Promise<Reconnected> {
  const { port, devices, withinMs } = options
  const report = reportBytes(options.runs, 'whole')
  const counts = { overloaded: 0, timeouts: 0, broken: {} as Record<string, number> }
  const tookSeconds: number[] = []
  const gate = makeGate(MAX_OPEN)

  /** One request on a connection of its own; whether it was answered well. */
  const attempt = async (n: number, bytes: string): Promise<boolean> => {
    await gate.enter()
    let connection: RawConnection | null = null
    let timer: NodeJS.Timeout | undefined
    const limit = new AbortController()
    try {
      connection = await RawConnection.open(port, `127.0.0.${String(2 + (n % ADDRESSES))}`)
      timer = setTimeout(() => {
        limit.abort()
        connection?.close()
      }, TIMEOUT_MS)
      const { status } = await connection.send(bytes)
      if (status === 503) counts.overloaded += 1
      return status === 200 || status === 304
    } catch (error) {
      if (limit.signal.aborted) counts.timeouts += 1
      else {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
        const where = `${connection ? 'after' : 'before'} it was open: ${code}`
        counts.broken[where] = (counts.broken[where] ?? 0) + 1
      }
      return false
    } finally {
      clearTimeout(timer)
      connection?.close()
      gate.leave()
    }
  }
  const until = async (n: number, bytes: string) => {
    for (let backOffMs = FIRST_BACK_OFF_MS; !(await attempt(n, bytes));) {
      await sleep(backOffMs)
      backOffMs = Math.min(LONGEST_BACK_OFF_MS, backOffMs * 2)
    }
  }
  const comeBack = async ({ uuid, key, n }: LoadDevice) => {
    await sleep(Math.random() * withinMs)
    const startMs = performance.now()
    // A supervisor reports and polls beside each other.
    await Promise.all([
      until(n, report(uuid, key, n, 1)),
      until(n, requestBytes('GET', deviceApiPaths.targetState.replace(':uuid', uuid), key, '')),
    ])
    tookSeconds.push((performance.now() - startMs) / 1000)
  }
  const startMs = performance.now()
  await Promise.all(devices.map(comeBack))
  const recoveredSeconds = (performance.now() - startMs) / 1000
  const sorted = tookSeconds.sort((a, b) => a - b)
  return {
    recoveredSeconds,
    medianSeconds: percentile(sorted, 0.5),
    slowestSeconds: sorted.at(-1) ?? 0,
    ...counts,
  }
}

/** Lets so many in at once; the others wait in line. */
function makeGate(places: number) {
  let free = places
  const line: (() => void)[] = []
  return {
    enter: () =>
      new Promise<void>((resolve) => {
        if (free > 0) {
          free -= 1
          resolve()
        } else line.push(resolve)
      }),
    leave: () => {
      const next = line.shift()
      if (next) next()
      else free += 1
    },
  }
}
