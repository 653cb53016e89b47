import { architectures, type Architecture } from '#contract/fleet'
import { SourceFailure } from '../source-failure.ts'
import type { SourceDevice } from '../fleet-source.ts'
import type { BalenaClient } from './balena-client.ts'
import {
  anyIds,
  applications,
  deviceTypes,
  releases,
  type ApplicationRow,
  type DeviceAnswer,
  type ReleaseAnswer,
} from './balena-model.ts'
import { applicationQuery, ask, deviceTypeQuery, isFleet, releaseQuery } from './balena-queries.ts'
import type { DeviceLinks } from './device-answer.rules.ts'
import { imageName } from './release-answer.rules.ts'

/** Ids in one filter: addresses may have 14,000 characters (16 KiB of headers are read), and ids grow to nine digits. */
export const MAX_IDS = 1_000

const isArchitecture = (slug: string): slug is Architecture =>
  (architectures as readonly string[]).includes(slug)

export function* inParts<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}

/** What the ids in rows of devices lead to. It only grows, but for fleets, which are read whole. */
export class Catalogue implements DeviceLinks {
  readonly #client: BalenaClient
  readonly #types = new Map<number, SourceDevice['deviceType']>()
  #applications = new Map<number, ApplicationRow>()
  readonly #services = new Map<number, string>()
  readonly #releases = new Map<number, { commit: string; fleetId: number }>()
  readonly #releaseIds = new Map<string, number>()
  readonly #images = new Map<number, { service: string; image: string }>()

  constructor(client: BalenaClient) {
    this.#client = client
  }

  fleetUuid = (id: number): string | undefined => this.#applications.get(id)?.uuid
  deviceType = (id: number): SourceDevice['deviceType'] | undefined => this.#types.get(id)
  commit = (releaseId: number): string | undefined => this.#releases.get(releaseId)?.commit
  image = (imageId: number): { service: string; image: string } | undefined => this.#images.get(imageId)
  serviceName = (id: number): string | undefined => this.#services.get(id)

  /**
   * Reads all fleets; their device types too where one is not known. A token that is not accepted is answered with the public
   * fleets, which are none (open-balena-api 49.0.12): devices, which are never public, are asked for first.
   */
  async readFleets(): Promise<ApplicationRow[]> {
    await this.#client.get(anyIds, ask('device', { select: ['id'], top: 1 }))
    const { d } = await this.#client.get(
      applications,
      ask('application', { ...applicationQuery, filter: isFleet }),
    )
    const typeIds = d.flatMap((row) => row.is_for__device_type?.__id ?? [])
    if (typeIds.some((id) => !this.#types.has(id))) await this.#readTypes()
    const known = d.filter((row) => row.is_for__device_type && this.#types.has(row.is_for__device_type.__id))
    this.#applications = new Map(known.map((row) => [row.id, row]))
    for (const row of known)
      for (const service of row.service) this.#services.set(service.id, service.service_name)
    await this.learnReleases(known.flatMap((row) => row.should_be_running__release?.__id ?? []))
    return known
  }

  /** The fleet of this uuid; throws where there is none. */
  async fleet(uuid: string): Promise<ApplicationRow> {
    const find = () => [...this.#applications.values()].find((row) => row.uuid === uuid)
    if (!find()) await this.readFleets()
    const row = find()
    if (!row) throw new SourceFailure('unexpected', `${this.#client.host} has no fleet ${uuid}`)
    return row
  }

  keep(row: ReleaseAnswer): void {
    const fleetId = row.belongs_to__application?.__id
    if (fleetId === undefined) return
    this.#releases.set(row.id, { commit: row.commit, fleetId })
    this.#releaseIds.set(`${fleetId}/${row.commit}`, row.id)
    for (const { image } of row.release_image)
      for (const one of image) {
        const service = one.is_a_build_of__service && this.#services.get(one.is_a_build_of__service.__id)
        if (!service) continue
        this.#images.set(one.id, {
          service,
          image: imageName(one.is_stored_at__image_location, one.content_hash),
        })
      }
  }

  /** Reads those of these releases that are not known. */
  async learnReleases(ids: readonly number[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#releases.has(id))
    for (const part of inParts(missing, MAX_IDS)) {
      const { d } = await this.#client.get(
        releases,
        ask('release', { ...releaseQuery, filter: { id: { in: part } } }),
      )
      for (const row of d) this.keep(row)
    }
  }

  /** The id of a release of a fleet; throws where it has none of this commit. */
  async releaseId(fleet: ApplicationRow, commit: string): Promise<number> {
    const known = this.#releaseIds.get(`${fleet.id}/${commit}`)
    if (known !== undefined) return known
    const { d } = await this.#client.get(
      releases,
      ask('release', {
        ...releaseQuery,
        filter: { and: [{ belongs_to__application: fleet.id }, { commit }] },
      }),
    )
    for (const row of d) this.keep(row)
    const id = this.#releaseIds.get(`${fleet.id}/${commit}`)
    if (id === undefined)
      throw new SourceFailure(
        'unexpected',
        `${this.#client.host} has no release ${commit} of the fleet ${fleet.app_name}`,
      )
    return id
  }

  /** Learns whatever these rows link to. */
  async learnLinks(rows: readonly DeviceAnswer[]): Promise<void> {
    const fleetIds = rows.flatMap((row) => row.belongs_to__application?.__id ?? [])
    if (fleetIds.some((id) => !this.#applications.has(id))) await this.readFleets()
    const typeIds = rows.flatMap((row) => row.is_of__device_type?.__id ?? [])
    if (typeIds.some((id) => !this.#types.has(id))) await this.#readTypes()
    await this.learnReleases(
      rows.flatMap((row) => [
        ...[row.is_running__release, row.is_pinned_on__release, row.should_be_running__release].flatMap(
          (held) => held?.__id ?? [],
        ),
        ...row.image_install.flatMap((install) => install.is_provided_by__release?.__id ?? []),
      ]),
    )
  }

  async #readTypes(): Promise<void> {
    const { d } = await this.#client.get(deviceTypes, ask('device_type', deviceTypeQuery))
    for (const row of d) {
      const architecture = row.is_of__cpu_architecture[0]?.slug ?? ''
      // Fleets of machines that none of the architectures here names (`i386-nlp`, `armv5e`) are left out.
      if (!isArchitecture(architecture)) continue
      this.#types.set(row.id, { slug: row.slug, name: row.name, architecture })
    }
  }
}
