/** Browsers in a process of their own (`live-watchers.ts`), as seen from the bench that starts them. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { uuidOf } from './ingest-fleet.ts'
import type { WatchersOrder, WatchersReport } from './live-watchers.ts'

/** Rows on a screen. */
export const ROWS_PER_WINDOW = 50

/** The first device (from 1) of those that a browser shows, of so many. */
export const firstOf = (browser: number, devices: number) =>
  1 + ((browser * ROWS_PER_WINDOW) % Math.max(1, devices - ROWS_PER_WINDOW))

export type Browsers = {
  pid: number
  /** What arrived so far does not count. */
  forget: () => void
  report: () => Promise<WatchersReport>
  close: () => Promise<void>
}

/** Opens so many browsers, each with the fleets and a window of the first `devices` devices of a fleet. */
export async function openBrowsers(
  gateway: TestGateway,
  { count, devices, fleetId }: { count: number; devices: number; fleetId: number },
): Promise<Browsers> {
  const file = path.join(path.dirname(fileURLToPath(import.meta.url)), 'live-watchers.ts')
  const child = fork(file, { execArgv: process.execArgv })
  const ask = async (order: WatchersOrder | 'report'): Promise<unknown> => {
    child.send(order)
    const [answer] = (await once(child, 'message')) as [unknown]
    return answer
  }
  const { name, value } = await gateway.cookieAs('admin')
  const windows = Array.from({ length: count }, (_, browser) =>
    Array.from({ length: ROWS_PER_WINDOW }, (_row, row) => uuidOf(firstOf(browser, devices) + row)),
  )
  await ask({ url: gateway.url, cookie: `${name}=${value}`, fleetId, windows })
  return {
    pid: child.pid ?? 0,
    forget: () => child.send('forget'),
    report: async () => (await ask('report')) as WatchersReport,
    close: async () => {
      child.send('end')
      await once(child, 'exit')
    },
  }
}
