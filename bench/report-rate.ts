/** How many whole reports one gateway stores a second, each acknowledged only after its commit. */
import { deviceApiPaths } from '#contract/device-protocol'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { makeFleet, openConnections, send, type PlainDevice } from './plain-devices.ts'
import { percentile } from './table.ts'

export type ReportRate = {
  store: string
  devices: number
  connections: number
  seconds: number
  reports: number
  reportsPerSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers other than 200. */
  refused: number
  /** Devices whose last acknowledged report was there after `kill -9` and a new start. */
  survivedKill: number
}

const WARM_UP_MS = 2_000
const PAGE = 200

/** Sends reports for `seconds` and at most `maxReports`, then kills the gateway and counts what is there. */
export async function measureReports(
  gateway: TestGateway,
  options: { store: string; devices: number; connections: number; seconds: number; maxReports: number },
): Promise<ReportRate> {
  const connections = openConnections(gateway.url, options.connections)
  const { fleetId, devices } = await makeFleet(gateway, connections, {
    name: `Bench on ${options.store}`,
    count: options.devices,
  })
  const lastSent = new Map<string, number>()
  const tookMs: number[] = []
  let sequence = 0
  let refused = 0
  const startMs = performance.now() + WARM_UP_MS
  const endMs = startMs + options.seconds * 1000

  // Each connection has devices of its own, so that a device's last acknowledged report is known for certain.
  const drive = async (own: readonly PlainDevice[]) => {
    for (let turn = 0; performance.now() < endMs && tookMs.length < options.maxReports; turn += 1) {
      const device = own[turn % own.length]
      if (!device) return
      sequence += 1
      const current = sequence
      const sentMs = performance.now()
      const { status } = await send(
        connections,
        'PATCH',
        deviceApiPaths.reportState,
        device.key,
        device.report(current),
      )
      if (status !== 200) refused += 1
      else lastSent.set(device.uuid, current)
      if (sentMs >= startMs && status === 200) tookMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(
    Array.from({ length: options.connections }, (_value, index) =>
      drive(devices.filter((_device, position) => position % options.connections === index)),
    ),
  )
  const seconds = (performance.now() - startMs) / 1000
  connections.close()

  await gateway.process.kill()
  await gateway.process.start()
  const stored = await readAddresses(gateway, fleetId)
  const survivedKill = devices.filter((device) => {
    const last = lastSent.get(device.uuid)
    return last !== undefined && device.report(last).includes(`"${stored.get(device.uuid) ?? '-'}"`)
  }).length
  const sorted = [...tookMs].sort((a, b) => a - b)
  return {
    store: options.store,
    devices: devices.length,
    connections: options.connections,
    seconds,
    reports: tookMs.length,
    reportsPerSecond: tookMs.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    refused,
    survivedKill,
  }
}

async function readAddresses({ api }: TestGateway, fleetId: number): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  let after: string | null = null
  do {
    const query = { fleetId, limit: PAGE, ...(after === null ? {} : { after }) }
    const page: { rows: { uuid: string; ipAddress: string | null }[]; next: string | null } = await api.call(
      'listDevices',
      { query },
    )
    for (const { uuid, ipAddress } of page.rows) found.set(uuid, ipAddress ?? '')
    after = page.next
  } while (after !== null)
  return found
}
