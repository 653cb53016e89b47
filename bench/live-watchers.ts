/**
 * Many browsers in one process of their own, as far as the gateway can tell: each has a socket, watches the fleets and a
 * window of device rows, and works its patches through. Started by `bench/live-browsers.ts`, with which it speaks by
 * messages.
 */
import { io } from 'socket.io-client'
import { deviceFilter } from '#contract/device'
import { topicData, type ClientToServer, type Patch, type ServerToClient, type Topic } from '#contract/events'
import type { Socket } from 'socket.io-client'

export type WatchersOrder = { url: string; cookie: string; fleetId: number; windows: string[][] }
export type WatchersReport = {
  /** When a row with each marker arrived, in ms since the epoch; one entry a browser that shows it. */
  arrivals: Record<string, number[]>
  bytes: number
  patches: number
  resyncs: number
  /** Sockets that are connected now, and connections that ended meanwhile. */
  connected: number
  broken: number
}
export const MARKER = /^balenaOS 9\.1\.(\d+)$/

type Live = Socket<ServerToClient, ClientToServer>
const report: WatchersReport = { arrivals: {}, bytes: 0, patches: 0, resyncs: 0, connected: 0, broken: 0 }

/** `seen`: what this browser has shown before; a row comes again when its device reports again. */
function note({ kind, data }: Patch, seen: Set<string>): void {
  report.patches++
  if (kind !== 'devices') return
  const atMs = Date.now()
  for (const row of topicData.devices.parse(data).upserted) {
    const marker = MARKER.exec(row.osVersion ?? '')?.[1]
    if (marker === undefined || seen.has(marker)) continue
    seen.add(marker)
    ;(report.arrivals[marker] ??= []).push(atMs)
  }
}

async function openBrowser({ url, cookie, fleetId }: WatchersOrder, uuids: string[]): Promise<Live> {
  const socket: Live = io(url, { transports: ['websocket'], extraHeaders: { cookie }, forceNew: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  socket.io.engine.on('data', (packet: unknown) => {
    if (typeof packet === 'string') report.bytes += packet.length
  })
  const seen = new Set<string>()
  socket.on('patch', (patch) => note(patch, seen))
  socket.on('resync', () => report.resyncs++)
  socket.on('disconnect', () => report.broken++)
  const topics: Topic[] = [
    { kind: 'fleets' },
    { kind: 'devices', filter: deviceFilter.parse({ fleetId }), sort: 'name', uuids },
  ]
  for (const [index, topic] of topics.entries()) {
    const answer = await socket.emitWithAck('subscribe', { id: String(index), topic, since: null })
    if (!answer.ok) throw new Error(`A subscription was refused: ${answer.problem.title}`)
  }
  return socket
}

const browsers: Live[] = []
const AT_ONCE = 20

process.on('message', (order: WatchersOrder | 'report' | 'forget' | 'end') => {
  if (order === 'end') {
    for (const browser of browsers) browser.close()
    process.disconnect()
  } else if (order === 'forget') {
    Object.assign(report, { arrivals: {}, bytes: 0, patches: 0, resyncs: 0, broken: 0 })
  } else if (order === 'report') {
    process.send?.({ ...report, connected: browsers.filter((one) => one.connected).length })
  } else {
    void open(order).then(() => process.send?.('open'))
  }
})

async function open(order: WatchersOrder): Promise<void> {
  for (let at = 0; at < order.windows.length; at += AT_ONCE) {
    const some = order.windows.slice(at, at + AT_ONCE).map((uuids) => openBrowser(order, uuids))
    browsers.push(...(await Promise.all(some)))
  }
}
