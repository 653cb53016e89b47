import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { deviceApiPaths, stateReport, tagReport, type TargetState } from '#contract/device-protocol'
import type { ScenarioInput } from './scenario.ts'
import { VirtualFleet } from './virtual-fleet.ts'

const SPEED = 300
const COUNT = 4
const APP = 'a'.repeat(32)
const COMMIT = '5b81e333c2b2d5b4f579dc2590a3f773'
const IMAGE = `registry.example/v2/${'9'.repeat(32)}@sha256:${'c'.repeat(64)}`

let close: (() => Promise<void>) | null = null
afterEach(async () => {
  await close?.()
  close = null
})

const target = (uuid: string): TargetState => ({
  [uuid]: {
    name: 'cold-breakfast',
    config: { RESIN_SUPERVISOR_POLL_INTERVAL: '200' },
    apps: {
      [APP]: {
        id: 1,
        name: 'Stations',
        is_host: false,
        class: 'fleet',
        releases: {
          [COMMIT]: {
            id: 3,
            services: { main: { id: 7, image_id: 5, image: IMAGE, environment: {}, labels: {} } },
          },
        },
      },
    },
  },
})

async function read(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? null : JSON.parse(text)
}

/** Speaks the device protocol as openBalena does: empty answers, weak tags, and no channel for actions. */
async function startBackend(scenario?: ScenarioInput) {
  const tried: string[] = []
  const statuses = new Set<string>()
  const tags: Record<string, string> = {}
  let polls = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    if (url.startsWith('/socket.io/')) {
      tried.push(url)
      response.writeHead(404).end()
    } else if (url === deviceApiPaths.register)
      response.writeHead(201).end(JSON.stringify({ id: 1, uuid: '', api_key: '' }))
    else if (request.method === 'GET' && url.endsWith('/state')) {
      polls += 1
      if (request.headers['if-none-match']) response.writeHead(304).end()
      else {
        response.setHeader('etag', 'W/"2f-target"')
        response.end(JSON.stringify(target(url.split('/')[3] ?? '')))
      }
    } else if (url === deviceApiPaths.reportState) {
      const apps = Object.values(stateReport.parse(await read(request))).map((report) => report.apps?.[APP])
      for (const app of apps)
        for (const { services } of Object.values(app?.releases ?? {}))
          for (const service of Object.values(services)) statuses.add(`${service.image} ${service.status}`)
      response.end()
    } else if (url === deviceApiPaths.reportTags) {
      Object.assign(tags, ...Object.values(tagReport.parse(await read(request))))
      response.end()
    } else {
      request.resume()
      request.on('end', () => response.writeHead(201).end())
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const fleet = new VirtualFleet({
    url: `http://127.0.0.1:${String(port)}`,
    seed: 'elsewhere',
    speed: SPEED,
    groups: [{ fleetId: 1, provisioningKey: 'key', deviceType: 'raspberrypi4-64', count: COUNT }],
    ...(scenario ? { scenario } : {}),
  })
  close = async () => {
    await fleet.stop()
    server.closeAllConnections()
    server.close()
  }
  fleet.start()
  return { fleet, tried, statuses, tags, polls: () => polls }
}

it('devices run their release on a backend that has no actions, and do not knock at what is not there', async () => {
  const { fleet, tried, statuses, tags, polls } = await startBackend()
  await vi.waitFor(() =>
    expect(fleet.devices.map((device) => device.commit)).toEqual(Array(COUNT).fill(COMMIT)),
  )
  await vi.waitFor(() => expect(statuses).toContain(`${IMAGE} Running`))
  await vi.waitFor(() => expect(tags['update.commit']).toBe(COMMIT))
  const before = polls()
  // By now every device would have tried many times over, were it to try as it does where a gateway is only down.
  await vi.waitFor(() => expect(polls()).toBeGreaterThan(before + COUNT * 5))
  expect(tried).toHaveLength(COUNT)
})

it('a scenario says what a release does wrong where its services have no labels', async () => {
  const { statuses, tags } = await startBackend({
    name: 'bad release',
    releases: [{ commit: COMMIT.slice(0, 7), service: 'main', kind: 'crash-loop', exitCode: 3 }],
  })
  await vi.waitFor(() => expect(Number(tags['service.main.restarts'])).toBeGreaterThan(2))
  expect(tags['service.main.exit-code']).toBe('3')
  expect(statuses).toContain(`${IMAGE} exited`)
})
