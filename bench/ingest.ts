/**
 * `npm run bench:ingest`: reports stored and acknowledged a second by one gateway on both stores, what a report costs,
 * what is there after `kill -9`, and how the cost grows with the number of devices. Prints tables and writes
 * bench/results/ingest.json. Options: `--store pglite|postgresql`, `--devices 1000,10000,100000`, `--seconds 10`,
 * `--connections 128`, `--kinds whole,metrics`, `--peer` (open-balena-api beside it: bench/peer.ts).
 */
import { parseArgs } from 'node:util'
import { load } from './cpu-use.ts'
import type { ReportKind } from './ingest-fleet.ts'
import { measureIngest, type IngestRate } from './ingest-rate.ts'
import { measurePeer, peerIsMissing, type PeerRate } from './peer.ts'
import { writeResult } from './results.ts'
import { onStore } from './stores.ts'
import { print, printTable } from './table.ts'

/** What the peer is measured with: more only makes it wait longer. */
const PEER_DEVICES = 200
const PEER_CONNECTIONS = 50

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true, default: ['pglite', 'postgresql'] },
    devices: { type: 'string', default: '1000,10000,100000' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '128' },
    kinds: { type: 'string', default: 'whole,metrics' },
    peer: { type: 'boolean', default: false },
  },
})
const options = {
  sizes: values.devices.split(',').map(Number),
  seconds: Number(values.seconds),
  connections: Number(values.connections),
  kinds: values.kinds.split(',').map((kind): ReportKind => (kind === 'metrics' ? 'metrics' : 'whole')),
}

const rates: IngestRate[] = []
for (const store of values.store)
  rates.push(...(await onStore(store, (url) => measureIngest({ store, url, ...options }))).flat())

const number = (value: number) => Math.round(value).toLocaleString('en')
const ms = (value: number) => `${value.toFixed(0)} ms`
const cores = (value: number | null) => (value === null ? '-' : value.toFixed(2))
/** CPU seconds of a thousand reports, which load by others moves less than the rate. */
const cost = (rate: IngestRate | PeerRate) =>
  ((rate.cores.gateway + (rate.cores.database ?? 0)) * rate.seconds * 1000) / Math.max(1, rate.reports)

print(
  `\nReports stored and acknowledged after their commit, ${String(options.connections)} kept connections, machine load ${load()}`,
)
printTable(
  [
    'store',
    'reports',
    'devices',
    'reports/s',
    'p50',
    'p95',
    'p99',
    'refused',
    'gateway',
    'database',
    'load',
    'CPU s/1,000',
  ],
  rates.map((rate) => [
    rate.store,
    rate.kind,
    number(rate.devices),
    number(rate.reportsPerSecond),
    ms(rate.p50Ms),
    ms(rate.p95Ms),
    ms(rate.p99Ms),
    String(Object.values(rate.refused).reduce((sum, count) => sum + count, 0)),
    cores(rate.cores.gateway),
    cores(rate.cores.database),
    cores(rate.cores.load),
    cost(rate).toFixed(3),
  ]),
)
print(
  'Memory of the gateway (resident), bytes a report, devices it remembered before the first and how long that took after its start, and what is there after kill -9 while devices report',
)
printTable(
  [
    'store',
    'reports',
    'devices',
    'memory MB',
    'after',
    'sent B',
    'answered B',
    'WAL B',
    'remembered',
    'after',
    'acknowledged',
    'lost',
  ],
  rates.map((rate) => [
    rate.store,
    rate.kind,
    number(rate.devices),
    number(rate.memoryMb[0]),
    number(rate.memoryMb[1]),
    number(rate.sentBytes),
    number(rate.receivedBytes),
    rate.walBytes === null ? '-' : number(rate.walBytes),
    number(rate.remembered.devices),
    `${rate.remembered.seconds.toFixed(1)} s`,
    rate.survival === null ? '-' : number(rate.survival.acknowledged),
    rate.survival === null ? '-' : number(rate.survival.lost),
  ]),
)
if (options.sizes.length > 1) {
  print('Growth: CPU seconds of a thousand reports, to the fewest devices')
  printTable(
    ['store', 'reports', ...options.sizes.map(number), 'ratio'],
    values.store.flatMap((store) =>
      options.kinds.flatMap((kind) => {
        const own = rates.filter((rate) => rate.store === store && rate.kind === kind)
        const costs = options.sizes.map((size) => {
          const rate = own.find((one) => one.devices === size)
          return rate ? cost(rate) : Number.NaN
        })
        if (own.length === 0) return []
        const ratio = (costs.at(-1) ?? 0) / (costs[0] ?? 1)
        return [[store, kind, ...costs.map((value) => value.toFixed(3)), ratio.toFixed(2)]]
      }),
    ),
  )
}

const peers: PeerRate[] = []
const ours: IngestRate[] = []
if (values.peer) await beside()
writeResult('ingest', { load: load(), options, rates, beside: { ours, peers } })

/** The same load on both, one after the other. */
async function beside(): Promise<void> {
  const missing = peerIsMissing()
  if (missing !== null) {
    print(`open-balena-api was not measured: ${missing}.\n`)
    return
  }
  const same = { connections: PEER_CONNECTIONS, seconds: options.seconds, kinds: options.kinds }
  peers.push(...(await measurePeer({ ...same, devices: PEER_DEVICES })))
  const store = 'postgresql'
  const own = await onStore(store, (url) => measureIngest({ store, url, ...same, sizes: [PEER_DEVICES] }))
  ours.push(...own.flat())
  print(
    `The same bodies on open-balena-api and here, one process each on PostgreSQL that waits for the disk; ${String(PEER_DEVICES)} devices, ${String(PEER_CONNECTIONS)} connections, machine load ${load()}`,
  )
  printTable(
    [
      'reports',
      'peer /s',
      'p50',
      'p99',
      'CPU s/1,000',
      'here /s',
      'p50',
      'p99',
      'CPU s/1,000',
      'rate',
      'CPU',
    ],
    peers.flatMap((peer) => {
      const own = ours.find((rate) => rate.kind === peer.kind)
      if (!own) return []
      const columns = (rate: PeerRate | IngestRate) => [
        number(rate.reportsPerSecond),
        ms(rate.p50Ms),
        ms(rate.p99Ms),
        cost(rate).toFixed(3),
      ]
      const times = (value: number) => `${value.toFixed(1)} x`
      return [
        [
          peer.kind,
          ...columns(peer),
          ...columns(own),
          times(own.reportsPerSecond / Math.max(0.1, peer.reportsPerSecond)),
          times(cost(peer) / cost(own)),
        ],
      ]
    }),
  )
}
