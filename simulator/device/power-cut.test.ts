import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { deviceApiPaths } from '#contract/device-protocol'
import { Pace, Timers } from '../pace.ts'
import { VirtualFleet } from '../virtual-fleet.ts'
import { Link, LinkDown } from './link.ts'

const SPEED = 20

let close: (() => Promise<void>) | null = null
afterEach(async () => {
  await close?.()
  close = null
})

/** A gateway that registers devices and never answers a poll. */
async function startMuteGateway() {
  const polls: { request: IncomingMessage; response: ServerResponse }[] = []
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === deviceApiPaths.register)
      response.end(JSON.stringify({ id: 1, uuid: '', api_key: '' }))
    else if (request.url?.endsWith('/state') && request.method === 'GET') polls.push({ request, response })
    else response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const fleet = new VirtualFleet({
    url: `http://127.0.0.1:${String(port)}`,
    seed: 'power cut',
    speed: SPEED,
    groups: [{ fleetId: 1, provisioningKey: 'key', deviceType: 'raspberrypi4-64', count: 1 }],
  })
  close = async () => {
    await fleet.stop()
    server.closeAllConnections()
    server.close()
  }
  return { fleet, polls }
}

it('breaks off what it had asked for when its power goes, and asks again once it has booted', async () => {
  const { fleet, polls } = await startMuteGateway()
  fleet.start()
  const [device] = fleet.devices
  await vi.waitFor(() => expect(polls).toHaveLength(1))
  device?.powerOff()
  await vi.waitFor(() => expect(polls[0]?.response.closed).toBe(true))
  device?.powerOn()
  await vi.waitFor(() => expect(polls).toHaveLength(2))
  expect(device?.state).toBe('running')
})

it('loses an answer that comes when the power is gone', async () => {
  const link = new Link()
  const answer = link.use(async () => {
    link.cut('power')
    return Promise.resolve('target state')
  })
  await expect(answer).rejects.toThrow(LinkDown)
})

it('begins nothing more after its end, though something still under way asks for it', () => {
  vi.useFakeTimers()
  try {
    const timers = new Timers(new Pace(1), (error) => {
      throw error
    })
    const run = vi.fn()
    timers.after(10, run)
    timers.end()
    timers.after(10, run)
    vi.runAllTimers()
    expect(run).not.toHaveBeenCalled()
  } finally {
    vi.useRealTimers()
  }
})
