/** Random requests for the REST API and the device API, made of the contract's own schemas, and bytes that are no requests. */
import { z } from 'zod'
import {
  deviceApiPaths,
  deviceLogLine,
  deviceReport,
  registerBody,
  stateReport,
  tagReport,
} from '#contract/device-protocol'
import type { Route } from '#contract/route'
import { routes } from '#contract/routes'
import { hostileValue, valueFor, type JsonSchema, type Random } from './fuzz-values.ts'

/** What exists on the gateway that is fuzzed, so that requests meet more than "there is no such thing". */
export type Known = {
  ids: Readonly<Record<string, readonly (string | number)[]>>
  /** Values for the header `authorization`; none is nobody. */
  bearers: readonly (string | null)[]
  deviceUuid: string
  deviceKey: string
  provisioningKey: string
}

/** One request as it goes onto the wire. */
export type FuzzRequest = {
  method: string
  path: string
  headers: Record<string, string>
  body: string | null
}

type Target = {
  name: string
  method: string
  path: string
  params: JsonSchema
  query: JsonSchema
  body: JsonSchema | null
  /** Whom it is asked by: accounts and tokens, or devices. */
  by: 'people' | 'device' | 'factory'
}

const asJson = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as JsonSchema
const none: JsonSchema = { type: 'object', properties: {} }

/** Those that would end the fuzzer's own standing get ids of nothing. */
const SELF_HARM = new Set(['revokeApiToken', 'endUserSessions', 'updateUser', 'deleteGroup'])

const ofRoute = ([name, route]: [string, Route]): Target => ({
  name,
  method: route.method,
  path: route.path,
  params: route.params ? asJson(route.params) : none,
  query: route.query ? asJson(route.query) : none,
  body: route.body ? asJson(route.body) : null,
  by: 'people',
})

const ofDevice = (
  name: string,
  method: string,
  path: string,
  body: z.ZodType | null,
  by: Target['by'] = 'device',
): Target => ({
  name,
  method,
  path,
  params: none,
  query: none,
  body: body && asJson(body),
  by,
})

const deviceTargets: Target[] = [
  ofDevice('device: register', 'POST', deviceApiPaths.register, registerBody, 'factory'),
  ofDevice('device: report', 'PATCH', deviceApiPaths.reportState, stateReport),
  ofDevice('device: report of its own', 'PATCH', deviceApiPaths.reportState, deviceReport),
  ofDevice('device: tags', 'PATCH', deviceApiPaths.reportTags, tagReport),
  ofDevice('device: target', 'GET', deviceApiPaths.targetState, null),
  ofDevice('device: lines', 'POST', deviceApiPaths.logBatch, z.array(deviceLogLine)),
  ofDevice('device: key exchange', 'POST', deviceApiPaths.keyExchange, z.object({ apiKey: z.string() })),
  ofDevice('device: read itself', 'GET', deviceApiPaths.deviceResource, null),
  ofDevice(
    'device: change itself',
    'PATCH',
    deviceApiPaths.deviceResource,
    z.object({ device_name: z.string() }),
  ),
  ofDevice('device: variables', 'GET', deviceApiPaths.deviceConfigVariable, null),
  ofDevice(
    'device: tag resource',
    'POST',
    deviceApiPaths.deviceTags,
    z.object({ device: z.int(), tag_key: z.string(), value: z.string() }),
  ),
  ofDevice('device: releases', 'GET', deviceApiPaths.releaseResource, null),
  ofDevice('connectivity', 'GET', deviceApiPaths.connectivityCheck, null),
]
export const targets: readonly Target[] = [
  ...(Object.entries(routes) as [string, Route][]).map(ofRoute),
  // Three times: devices are what a gateway has most of.
  ...deviceTargets,
  ...deviceTargets,
  ...deviceTargets,
]

const ODATA = [
  "$filter=uuid eq 'x'",
  '$select=id,uuid',
  '$filter=((',
  '$expand=device_tag($select=tag_key)',
  '$top=-1',
  '$orderby=',
  "$filter=device/any(d:d/uuid eq '')",
]

const asText = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(asText).join(',')
    : value !== null && typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

function pathFor(
  target: Target,
  known: Known,
  names: ReadonlyMap<string, readonly unknown[]>,
  random: Random,
): string {
  const params = valueFor(target.params, random, names) as Record<string, unknown> | null
  const path = target.path.replace(/:(\w+)/g, (_all, key: string) => {
    if (key === 'deviceId') return String(random.pick(known.ids['deviceId'] ?? [1]))
    if (SELF_HARM.has(target.name)) return String(random.int(5_000, 9_000))
    const held = names.get(key)
    const value = held && held.length > 0 && random.chance(0.8) ? random.pick(held) : params?.[key]
    return encodeURIComponent(asText(value ?? 1).replace(/[\ud800-\udfff]/g, '?')) || '1'
  })
  const query = valueFor(target.query, random, names)
  const pairs =
    query !== null && typeof query === 'object' && !Array.isArray(query)
      ? Object.entries(query).map(
          ([key, value]) =>
            `${encodeURIComponent(key.replace(/[\ud800-\udfff]/g, '?'))}=${encodeURIComponent(asText(value).replace(/[\ud800-\udfff]/g, '?'))}`,
        )
      : []
  if (target.path.startsWith('/v7/')) pairs.push(encodeURI(random.pick(ODATA)))
  return pairs.length === 0 ? path : `${path}?${pairs.join('&').slice(0, 8_000)}`
}

/** A request to one target, mostly as somebody who may. */
export function requestFor(known: Known, random: Random): { name: string; request: FuzzRequest } {
  const target = random.pick(targets)
  const names = new Map<string, readonly unknown[]>(Object.entries(known.ids))
  const own = { people: null, device: known.deviceKey, factory: known.provisioningKey }[target.by]
  const bearer = own !== null && random.chance(0.9) ? own : random.pick(known.bearers)
  const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` }
  let body: string | null = null
  if (target.body !== null || (target.method !== 'GET' && random.chance(0.3))) {
    const value = target.body === null ? hostileValue(random) : valueFor(target.body, random, names)
    body = bodyText(target, value, known, random)
    headers['content-type'] = random.chance(0.97)
      ? 'application/json'
      : random.pick(['text/plain', 'application/xml', 'x'])
  }
  return {
    name: target.name,
    request: { method: target.method, path: pathFor(target, known, names, random), headers, body },
  }
}

function bodyText(target: Target, value: unknown, known: Known, random: Random): string {
  // Reports are of the device that sends them, as long as nobody forges them.
  const own =
    target.name === 'device: report of its own' || (target.name === 'device: tags' && random.chance(0.8))
      ? { [known.deviceUuid]: value }
      : value
  const text = JSON.stringify(own)
  if (random.chance(0.96)) return text
  // A body that ends early, has a byte too many, or says a key twice.
  const at = random.int(0, text.length)
  return random.pick([
    text.slice(0, at),
    `${text.slice(0, at)}\u0001${text.slice(at)}`,
    `${text}}`,
    text.replace('{', '{"a":1,"a":2,'),
  ])
}

const FRAGMENTS = [
  'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /api/v1/fleets HTTP/1.1\r\n',
  'POST /device/v3/state HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
  'PATCH /device/v3/state HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\ncontent-length: 11\r\n\r\n',
  'transfer-encoding: chunked\r\ncontent-length: 4\r\n',
  'ffffffffffffffff\r\n',
  '0\r\n\r\n',
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n',
  '\r\n',
  '\u0000\u0000\u0000\u0001',
  'HTTP/1.1 200 OK\r\n\r\n',
  'GET /%ff%fe/../..//etc HTTP/1.1\r\nhost: x\r\n\r\n',
  `X-${'a'.repeat(2_000)}: b\r\n`,
]

/** Bytes that are hardly a request: pieces of one in any order, cut, repeated and with bits turned. */
export function rawBytes(random: Random): Buffer {
  const text = Array.from({ length: random.int(1, 6) }, () => random.pick(FRAGMENTS)).join('')
  const bytes = random.chance(0.3)
    ? Buffer.from(Array.from({ length: random.int(1, 600) }, () => random.int(0, 255)))
    : Buffer.from(text, 'latin1')
  for (let turned = random.int(0, 4); turned > 0 && bytes.length > 0; turned--) {
    const at = random.int(0, bytes.length - 1)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(0, 7))
  }
  return bytes.subarray(0, random.int(1, bytes.length))
}
