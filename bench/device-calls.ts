/** Timed calls of the gateway's REST API over one kept connection, one after the other. */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { watchProcesses } from './cpu-use.ts'

export type Caller = {
  get: (path: string, query: Record<string, string>) => Promise<{ ms: number; body: unknown }>
  patch: (path: string, body: unknown) => Promise<void>
  /** How busy the gateway's process is while nobody asks it anything, in percent of one core. */
  cpuPercentDuring: (ms: number) => Promise<number>
  /** Processor milliseconds of the gateway's process for one call, over all calls of some work. */
  cpuMsPerCall: (work: () => Promise<unknown>) => Promise<number>
  close: () => void
}

/** Calls as an administrator's API token. */
export async function makeCaller(gateway: TestGateway): Promise<Caller> {
  const { secret } = await gateway.api.call('createApiToken', {
    body: { name: `bench ${String(Math.random())}`, access: { everywhere: 'admin', fleets: [] } },
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let calls = 0
  const send = (method: string, path: string, body = '') =>
    new Promise<{ ms: number; body: unknown }>((resolve, reject) => {
      calls++
      const startMs = performance.now()
      const headers = {
        authorization: `Bearer ${secret}`,
        ...(body === ''
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      }
      const sent = request(new URL(path, gateway.url), { method, agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const ms = performance.now() - startMs
          const text = Buffer.concat(chunks).toString('utf8')
          if ((response.statusCode ?? 0) >= 300) reject(new Error(`${path} was answered with ${text}`))
          else resolve({ ms, body: JSON.parse(text) })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return {
    get: (path, query) => {
      const search = new URLSearchParams(query).toString()
      return send('GET', search === '' ? path : `${path}?${search}`)
    },
    patch: async (path, body) => {
      await send('PATCH', path, JSON.stringify(body))
    },
    cpuPercentDuring: async (ms) => {
      const used = watchProcesses([{ name: 'gateway', pid: gateway.process.pid }])
      await delay(ms)
      return (used()[0]?.cores ?? 0) * 100
    },
    cpuMsPerCall: async (work) => {
      const used = watchProcesses([{ name: 'gateway', pid: gateway.process.pid }])
      const startMs = performance.now()
      const before = calls
      await work()
      const cpuMs = (used()[0]?.cores ?? 0) * (performance.now() - startMs)
      return cpuMs / (calls - before)
    },
    close: () => agent.destroy(),
  }
}
