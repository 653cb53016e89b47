import { sql, type Kysely } from 'kysely'
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

const mentioned = (inputs: readonly DeviceInput[]) =>
  inputs.flatMap((input) => (input.kind === 'report' ? Object.entries(input.report.apps ?? {}) : []))

/** The fleets, releases and images that the reports of this group speak of. */
export async function readKnown(db: Kysely<Schema>, inputs: readonly DeviceInput[]): Promise<Known> {
  const apps = mentioned(inputs)
  const known: Known = { fleetUuids: new Set(), releases: new Map(), images: new Map() }
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
