/** The least that is a device: registered, with a key, a target, and whole reports of what it runs. */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { deviceApiPaths, registerReply, targetState, type DeviceReport } from '#contract/device-protocol'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'

const serviceNames = ['sensor', 'uplink', 'display']

export type PlainDevice = {
  uuid: string
  key: string
  /** Body of a whole report that differs from every other by `sequence`. */
  report: (sequence: number) => string
  /** The same for what its target is by now, as a device that has updated would report it. */
  update: () => Promise<PlainDevice['report']>
}

export type Connections = { url: string; agent: Agent; close: () => void }

/** Keep-alive connections, at most `count` at once. */
export function openConnections(url: string, count: number): Connections {
  const agent = new Agent({ keepAlive: true, maxSockets: count, maxFreeSockets: count })
  return { url, agent, close: () => agent.destroy() }
}

/** One request as a device makes it; resolves with status and body once the answer is whole. */
export function send(
  { url, agent }: Connections,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  key: string,
  body = '',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(body === ''
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const sent = request(new URL(path, url), { method, agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A fleet with one final release and `count` registered devices that each polled once. */
export async function makeFleet(
  { api }: TestGateway,
  connections: Connections,
  { name, count }: { name: string; count: number },
): Promise<{ fleetId: number; devices: PlainDevice[] }> {
  const fleet = await api.call('createFleet', { body: { name, deviceType: 'raspberrypi4-64' } })
  const params = { fleetId: fleet.id }
  const composeYaml = [
    'services:',
    ...serviceNames.map((own) => `  ${own}:\n    image: registry.test/${own}:1`),
  ]
  await api.call('createRelease', {
    params,
    body: { semver: '1.0.0', composeYaml: composeYaml.join('\n') },
  })
  const { secret } = await api.call('createProvisioningKey', { params, body: { name: 'bench' } })
  const make = async (): Promise<PlainDevice> => {
    const uuid = randomBytes(16).toString('hex')
    const key = randomBytes(16).toString('hex')
    const body = { application: fleet.id, uuid, api_key: key, device_type: 'raspberrypi4-64' }
    const registered = await send(connections, 'POST', deviceApiPaths.register, secret, JSON.stringify(body))
    if (registered.status !== 201) throw new Error(`A device was not registered: ${registered.text}`)
    registerReply.parse(JSON.parse(registered.text))
    const path = deviceApiPaths.targetState.replace(':uuid', uuid)
    const update = async () => reporter(uuid, (await send(connections, 'GET', path, key)).text)
    return { uuid, key, report: await update(), update }
  }
  return { fleetId: fleet.id, devices: await Promise.all(Array.from({ length: count }, make)) }
}

function reporter(uuid: string, polled: string): PlainDevice['report'] {
  const apps = targetState.parse(JSON.parse(polled))[uuid]?.apps ?? {}
  const reported = Object.fromEntries(
    Object.entries(apps).map(([appUuid, { releases = {} }]) => {
      const [commit = '', release] = Object.entries(releases)[0] ?? []
      const services = Object.fromEntries(
        Object.entries(release?.services ?? {}).map(([service, { image }]) => [
          service,
          { image, status: 'Running' },
        ]),
      )
      const running = { [commit]: { update_status: 'done' as const, services } }
      return [appUuid, { release_uuid: commit, releases: running }]
    }),
  )
  return (sequence) => {
    const report: DeviceReport = {
      status: 'Idle',
      os_version: 'balenaOS 6.5.3',
      os_variant: 'prod',
      supervisor_version: '17.0.1',
      provisioning_state: '',
      ip_address: `10.${String((sequence >> 16) & 255)}.${String((sequence >> 8) & 255)}.${String(sequence & 255)}`,
      memory_usage: 300 + (sequence % 200),
      memory_total: 1906,
      storage_usage: 4000 + (sequence % 50),
      storage_total: 14_500,
      cpu_temp: 45 + (sequence % 20),
      cpu_usage: sequence % 100,
      is_undervolted: false,
      apps: reported,
    }
    return JSON.stringify({ [uuid]: report })
  }
}
