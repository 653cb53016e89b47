/** Devices that print more than anybody can read: streams of lines at an even rate. */
import { request, type Agent, type ClientRequest } from 'node:http'
import { deviceApiPaths } from '#contract/device-protocol'
import type { PlainDevice } from './plain-devices.ts'
import { print } from './table.ts'

const BEAT_MS = 50

/** A device's log stream, open until it is ended. */
export function openLogStream(
  url: string,
  agent: Agent,
  device: Pick<PlainDevice, 'uuid' | 'key'>,
): ClientRequest {
  const path = deviceApiPaths.logStream.replace(':uuid', device.uuid)
  const headers = { authorization: `Bearer ${device.key}`, 'content-type': 'application/x-ndjson' }
  const stream = request(new URL(path, url), { method: 'POST', agent, headers })
  stream.on('error', (error) => print(`A stream ended: ${error.message}`))
  stream.on('response', (response) => {
    response.resume()
    // 201 is the answer to a stream that its device ended.
    if (response.statusCode !== 201) print(`A stream was answered ${String(response.statusCode)}`)
  })
  stream.flushHeaders()
  return stream
}

let printed = 0
/** Lines sent so far by all; each says its number. */
export const printedLines = () => printed

function nextLine(): string {
  printed += 1
  const message = `request ${String(printed)} served in ${String(printed % 97)} ms from the cache`
  return JSON.stringify({ message, timestamp: Date.now(), isSystem: true })
}

/** Sends as many lines as are due by the clock, in turns by stream; a late beat makes up for itself. */
export async function floodFor(
  streams: readonly ClientRequest[],
  { linesPerSecond, seconds }: { linesPerSecond: number; seconds: number },
): Promise<{ lines: number; tookSeconds: number }> {
  const startMs = performance.now()
  const all = linesPerSecond * seconds
  let sent = 0
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(all, Math.floor(((performance.now() - startMs) / 1000) * linesPerSecond))
      const each = Math.floor((due - sent) / streams.length)
      if (each > 0)
        for (const stream of streams) {
          stream.write(`${Array.from({ length: each }, nextLine).join('\n')}\n`)
          sent += each
        }
      if (due < all) return
      clearInterval(timer)
      resolve()
    }, BEAT_MS)
  })
  return { lines: sent, tookSeconds: (performance.now() - startMs) / 1000 }
}
