import { sql, type Kysely } from 'kysely'
import type { DeviceReport } from '#contract/device-protocol'
import type { Schema } from '../../platform/db/schema.ts'
import type { ReleaseName } from './device-state.ts'
import type { DeviceInput } from './device-step.ts'

/** Releases and images by fleet uuid and commit: two fleets may have a release of the same commit. */
export type Known = {
  fleetUuids: Set<string>
  releases: Map<string, ReleaseName>
  images: Map<string, Set<string>>
}
export const releaseKey = (fleetUuid: string, commit: string) => `${fleetUuid}/${commit}`

const nothingKnown = (): Known => ({ fleetUuids: new Set(), releases: new Map(), images: new Map() })

const mentioned = (inputs: readonly DeviceInput[]) =>
  inputs.flatMap((input) => (input.kind === 'report' ? Object.entries(input.report.apps ?? {}) : []))

/** The fleets, releases and images that the reports of this group speak of. */
export async function readKnown(db: Kysely<Schema>, inputs: readonly DeviceInput[]): Promise<Known> {
  const apps = mentioned(inputs)
  const known = nothingKnown()
  if (apps.length === 0) return known
  const uuids = [...new Set(apps.map(([uuid]) => uuid))]
  const rows = await sql<{
    uuid: string
    id: number | null
    commit: string | null
    semver: string | null
    images: string[] | null
  }>`
    select f.uuid, r.id, r.commit, r.semver, (select array_agg(i.image) from release_image i where i.release_id = r.id) as images
    from fleet f left join release r on r.fleet_id = f.id and r.commit = any(${[...new Set(apps.flatMap(([, app]) => [...Object.keys(app.releases ?? {}), app.release_uuid ?? '']))]}::text[])
    where f.uuid = any(${uuids}::text[])`.execute(db)
  for (const row of rows.rows) {
    known.fleetUuids.add(row.uuid)
    if (row.id === null || row.commit === null || row.semver === null) continue
    const key = releaseKey(row.uuid, row.commit)
    known.releases.set(key, { id: row.id, commit: row.commit, semver: row.semver })
    known.images.set(key, new Set((row.images ?? []).map((image) => image.toLowerCase())))
  }
  return known
}

/** Upstream refuses a report whose release, or an image of it, does not exist; other apps (supervisor, host) pass. */
export function isKnown(input: DeviceInput, known: Known): boolean {
  return mentioned([input])
    .filter(([uuid]) => known.fleetUuids.has(uuid))
    .every(([uuid, app]) =>
      Object.entries(app.releases ?? {}).every(([commit, release]) => {
        const images = known.images.get(releaseKey(uuid, commit))
        return (
          images !== undefined &&
          Object.values(release.services).every((service) => images.has(service.image.toLowerCase()))
        )
      }),
    )
}

const KEPT_MS = 10_000

/**
 * Keeps for seconds what was read for `apps`, so that a fleet whose devices all report for the first time reads it once. Only
 * of those that name nothing unknown: a release that is made just now counts at once.
 */
export class KnownReleasesMemory {
  readonly #nowMs: () => number
  #known = nothingKnown()
  #apps = new Set<DeviceReport['apps']>()
  #untilMs = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** A release has changed. */
  forget(): void {
    this.#known = nothingKnown()
    this.#apps = new Set()
    this.#untilMs = this.#nowMs() + KEPT_MS
  }

  /** What is known of what these inputs speak of, and perhaps more. */
  async read(db: Kysely<Schema>, inputs: readonly DeviceInput[]): Promise<Known> {
    if (this.#nowMs() >= this.#untilMs) this.forget()
    // Others may begin anew while the store is asked: what it answers belongs to what was known before.
    const known = this.#known
    const apps = this.#apps
    const asked = inputs.filter((input) => input.kind === 'report' && !apps.has(input.report.apps))
    const read = await readKnown(db, asked)
    for (const uuid of read.fleetUuids) known.fleetUuids.add(uuid)
    for (const [key, release] of read.releases) known.releases.set(key, release)
    for (const [key, images] of read.images) known.images.set(key, images)
    for (const input of asked)
      if (input.kind === 'report' && isKnown(input, read)) apps.add(input.report.apps)
    return known
  }
}
