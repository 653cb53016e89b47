import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { DeviceReport } from '#contract/device-protocol'
import { sceneDeviceType, sceneVariables, type SceneLine, type SourceFacts } from './source-scene.ts'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const rows = z.object({ d: z.array(z.object({ id: z.int() })) })
const made = z.object({ id: z.int() })
const madeFleet = z.object({ id: z.int(), uuid: z.string() })

/** A real balena backend, with the hands of its devices and of whoever made them: nothing of it passes a recording. */
export class BalenaBackend {
  readonly #url: string
  readonly #token: string
  readonly #keys = new Map<string, string>()
  readonly #serviceIds = new Map<string, number>()
  readonly #releaseIds = new Map<string, number>()

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  async #call(method: string, path: string, body?: unknown, token = this.#token): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
    return text.startsWith('{') || text.startsWith('"') ? JSON.parse(text) : text
  }
  async #first(path: string): Promise<number> {
    const [row] = rows.parse(await this.#call('GET', path)).d
    if (!row) throw new Error(`${path} answers nothing`)
    return row.id
  }
  async #make(resource: string, body: unknown): Promise<number> {
    return made.parse(await this.#call('POST', `/v7/${resource}`, body)).id
  }

  /** Makes what the scene is made of, under names of its own. */
  async makeScene(): Promise<SourceFacts> {
    const organization = await this.#first('/v7/organization?$select=id&$top=1')
    const type = await this.#first(`/v7/device_type?$select=id&$filter=slug eq '${sceneDeviceType.slug}'`)
    const makeFleet = async (name: string) => ({
      name,
      ...madeFleet.parse(
        await this.#call('POST', '/v7/application', {
          app_name: name,
          organization,
          is_for__device_type: type,
        }),
      ),
    })
    const fleet = await makeFleet(`Pumps-${hex(3)}`)
    const emptyFleet = await makeFleet(`Empty-${hex(3)}`)
    for (const name of ['main', 'side'])
      this.#serviceIds.set(name, await this.#make('service', { application: fleet.id, service_name: name }))
    const commits: SourceFacts['commits'] = [hex(16), hex(16), hex(16), hex(16)]
    for (const [index, commit] of commits.entries()) await this.#makeRelease(fleet.id, index, commit)
    const key = z
      .string()
      .parse(await this.#call('POST', `/api-key/application/${fleet.id}/provisioning`, {}))
    const devices: SourceFacts['devices'] = [hex(16), hex(16), hex(16)]
    for (const uuid of devices) await this.#register(fleet.id, uuid, key)
    await this.#decorate(fleet.id, await this.#idOf(devices[0]))
    const named = ({ uuid, name }: { uuid: string; name: string }) => ({ uuid, name })
    return { fleet: named(fleet), emptyFleet: named(emptyFleet), commits, devices }
  }

  #idOf = (uuid: string) => this.#first(`/v7/device?$select=id&$filter=uuid eq '${uuid}'`)

  async #makeRelease(fleetId: number, index: number, commit: string): Promise<void> {
    const semver = `${index + 1}.0.0`
    const isDraft = index >= 2
    const [start, end] = [30, 20].map((minutes) =>
      new Date(Date.now() - (minutes - 5 * index) * 60_000).toISOString(),
    )
    const release = await this.#make('release', {
      belongs_to__application: fleetId,
      commit,
      composition: { version: '2.4', services: { main: {}, side: {} }, networks: {}, volumes: {} },
      status: 'running',
      source: 'cloud',
      semver,
      is_final: !isDraft,
      start_timestamp: start,
    })
    this.#releaseIds.set(commit, release)
    for (const [name, service] of this.#serviceIds) {
      const image = await this.#make('image', {
        is_a_build_of__service: service,
        start_timestamp: start,
        end_timestamp: end,
        push_timestamp: end,
        status: 'success',
        image_size: name === 'main' ? 41_200_000 : 1_000,
        content_hash: `sha256:${createHash('sha256')
          .update(commit + name)
          .digest('hex')}`,
      })
      await this.#make('release_image', { is_part_of__release: release, image })
    }
    await this.#call('PATCH', `/v7/release(${release})`, {
      status: index === 3 ? 'failed' : 'success',
      end_timestamp: end,
      note: `Notes of ${semver}`,
    })
  }

  async #register(fleetId: number, uuid: string, provisioningKey: string): Promise<void> {
    const key = hex(16)
    const body = { application: fleetId, uuid, device_type: sceneDeviceType.slug, api_key: key }
    const versions = { supervisor_version: '19.0.5', os_version: 'balenaOS 6.5.0', os_variant: 'prod' }
    await this.#call('POST', '/device/register', { ...body, ...versions }, provisioningKey)
    this.#keys.set(uuid, key)
    await this.poll(uuid)
  }

  async #decorate(application: number, device: number): Promise<void> {
    const main = this.#serviceIds.get('main')
    const values = (of: Record<string, string>) =>
      Object.entries(of).map(([name, value]) => ({ name, value }))
    await this.#make('device_tag', { device, tag_key: 'site', value: 'north' })
    for (const one of values(sceneVariables.fleet))
      await this.#make('application_environment_variable', { application, ...one })
    for (const one of values(sceneVariables.configuration))
      await this.#make('application_config_variable', { application, ...one })
    for (const one of values(sceneVariables.service))
      await this.#make('service_environment_variable', { service: main, ...one })
    for (const one of values(sceneVariables.device))
      await this.#make('device_environment_variable', { device, ...one })
    const install = await this.#first(
      `/v7/service_install?$select=id&$filter=device eq ${device} and installs__service eq ${main ?? 0}`,
    )
    for (const one of values(sceneVariables.deviceService))
      await this.#make('device_service_environment_variable', { service_install: install, ...one })
  }

  async poll(uuid: string): Promise<void> {
    await this.#call('GET', `/device/v3/${uuid}/state`, undefined, this.#keys.get(uuid))
  }

  async report(uuid: string, report: DeviceReport): Promise<void> {
    await this.#call('PATCH', '/device/v3/state', { [uuid]: report }, this.#keys.get(uuid))
  }

  async log(uuid: string, { message, service, isStderr }: SceneLine): Promise<void> {
    const of = service === null ? { isSystem: true } : { serviceId: this.#serviceIds.get(service) }
    const line = { message, timestamp: Date.now(), isStdErr: isStderr, ...of }
    await this.#call('POST', `/device/v2/${uuid}/logs`, [line], this.#keys.get(uuid))
  }

  async pin(uuid: string, commit: string | null): Promise<void> {
    const release = commit === null ? null : (this.#releaseIds.get(commit) ?? null)
    await this.#call('PATCH', `/v7/device(uuid='${uuid}')`, { is_pinned_on__release: release })
  }
  async describeRelease(commit: string, notes: string): Promise<void> {
    const release = this.#releaseIds.get(commit) ?? 0
    await this.#call('PATCH', `/v7/release(${String(release)})`, { note: notes })
  }

  async remove(uuid: string): Promise<void> {
    await this.#call('DELETE', `/v7/device(uuid='${uuid}')`)
  }
}
