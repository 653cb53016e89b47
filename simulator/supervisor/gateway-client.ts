import { Agent, request } from 'undici'
import {
  deviceApiPaths,
  registerReply,
  targetState,
  type DeviceReport,
  type TargetState,
} from '#contract/device-protocol'
import { z } from 'zod'
import type { DeviceKeys } from '../device/device-keys.ts'
import type { DevicePlan } from '../device/device-plan.ts'
import { Refused } from './trouble.ts'

const TIMEOUT_MS = 59_000
const KEEP_ALIVE_MS = 60_000
/** More would only queue in the gateway; a real device has a connection of its own. */
const MOST_CONNECTIONS = 256

export type PollAnswer = { isChanged: true; etag: string | null; state: TargetState } | { isChanged: false }

/** Connections that all devices of a fleet share, kept alive between requests. */
export const makeConnections = () =>
  new Agent({
    connections: MOST_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  })

/** Reads an answer; something else than the protocol's shape (a proxy's error page, say) is a refusal too. */
function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new Refused(200, `unexpected answer: ${error instanceof Error ? error.message : String(error)}`)
  }
}

type Call = {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  key: string
  body?: unknown
  etag?: string | null
}

/** What one device says to the gateway, in upstream's protocol (device-protocol, table of section 0). */
export class GatewayClient {
  readonly #url: string
  readonly #connections: Agent
  readonly #plan: DevicePlan
  readonly #keys: DeviceKeys
  readonly #userAgent: string

  /** `keys` are those on the device's disk: they may change. */
  constructor(url: string, connections: Agent, plan: DevicePlan, keys: DeviceKeys) {
    this.#url = url.replace(/\/$/, '')
    this.#connections = connections
    this.#plan = plan
    this.#keys = keys
    this.#userAgent = `Supervisor/${plan.supervisorVersion} (Linux; balenaOS ${plan.osVersion}; ${plan.osVariant})`
  }

  async #call(call: Call, signal: AbortSignal) {
    const { statusCode, headers, body } = await request(`${this.#url}${call.path}`, {
      dispatcher: this.#connections,
      method: call.method,
      signal,
      headers: {
        authorization: `Bearer ${call.key}`,
        'user-agent': this.#userAgent,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(call.etag ? { 'if-none-match': call.etag } : {}),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
    const text = await body.text()
    if (statusCode >= 400) throw new Refused(statusCode, text)
    const etag = headers['etag']
    return { status: statusCode, text, etag: typeof etag === 'string' ? etag : null }
  }

  /** Row 1; answers the device's numeric id, or null when uuid or key exist already (409). */
  async register(osVersion: string, signal: AbortSignal): Promise<number | null> {
    const plan = this.#plan
    try {
      const { text } = await this.#call(
        {
          method: 'POST',
          path: deviceApiPaths.register,
          key: plan.provisioningKey,
          body: {
            application: plan.fleetId,
            uuid: plan.uuid,
            device_type: plan.deviceType,
            api_key: this.#keys.own,
            supervisor_version: plan.supervisorVersion,
            os_version: `balenaOS ${osVersion}`,
            os_variant: plan.osVariant,
            mac_address: plan.macAddress,
          },
        },
        signal,
      )
      return parse(registerReply, text).id
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return null
      throw error
    }
  }

  async #find(key: string, signal: AbortSignal): Promise<number | null> {
    const filter = encodeURIComponent(`uuid eq '${this.#plan.uuid}'`)
    const path = `${deviceApiPaths.deviceResource}?$select=id&$filter=${filter}`
    try {
      const { text } = await this.#call({ method: 'GET', path, key }, signal)
      const answer = parse(z.object({ d: z.array(z.object({ id: z.int() })) }), text)
      return answer.d[0]?.id ?? null
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return null
      throw error
    }
  }

  /** Rows 3 and 2: keeps its key when that is known, else has it exchanged; throws when the gateway will not. */
  async exchangeKey(signal: AbortSignal): Promise<number> {
    const own = await this.#find(this.#keys.own, signal)
    if (own !== null) return own
    const id = await this.#find(this.#plan.provisioningKey, signal)
    if (id === null)
      throw new Refused(401, 'neither the device key nor the provisioning key finds the device')
    await this.#call(
      {
        method: 'POST',
        path: deviceApiPaths.keyExchange.replace(':deviceId', String(id)),
        key: this.#plan.provisioningKey,
        body: { apiKey: this.#keys.own },
      },
      signal,
    )
    return id
  }

  /** Whether the device is known by this key (row 3); asking is using it. */
  async isOwnKey(key: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#find(key, signal)) !== null
  }

  /** Row 2 with its own key: tells the key that the device has made. False when the gateway will not have it. */
  async offerKey(deviceId: number, next: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#call(
        {
          method: 'POST',
          path: deviceApiPaths.keyExchange.replace(':deviceId', String(deviceId)),
          key: this.#keys.own,
          body: { apiKey: next },
        },
        signal,
      )
      return true
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.status === 409)) return false
      throw error
    }
  }

  /** Row 6. */
  async poll(etag: string | null, signal: AbortSignal): Promise<PollAnswer> {
    const path = deviceApiPaths.targetState.replace(':uuid', this.#plan.uuid)
    const answer = await this.#call({ method: 'GET', path, key: this.#keys.own, etag }, signal)
    if (answer.status === 304) {
      // Without a cached target a 304 means that the gateway does not know this device.
      if (etag === null) throw new Refused(304, 'no target state for this device')
      return { isChanged: false }
    }
    return { isChanged: true, etag: answer.etag, state: parse(targetState, answer.text) }
  }

  /** Row 7. */
  async report(report: DeviceReport, signal: AbortSignal): Promise<void> {
    await this.#call(
      {
        method: 'PATCH',
        path: deviceApiPaths.reportState,
        key: this.#keys.own,
        body: { [this.#plan.uuid]: report },
      },
      signal,
    )
  }

  /** Row 8. */
  async tags(tags: Record<string, string>, signal: AbortSignal): Promise<void> {
    await this.#call(
      {
        method: 'PATCH',
        path: deviceApiPaths.reportTags,
        key: this.#keys.own,
        body: { [this.#plan.uuid]: tags },
      },
      signal,
    )
  }
}
