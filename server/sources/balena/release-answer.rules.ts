import type { ReleaseStatus } from '#contract/release'
import type { SourceRelease } from '../fleet-source.ts'
import type { ReleaseAnswer } from './balena-model.ts'

const endedBadly = new Set(['failed', 'error', 'cancelled', 'interrupted'])

/** Null: it is still being built, and nobody can run it. */
function statusOf(row: ReleaseAnswer): { status: ReleaseStatus; failureReason: string | null } | null {
  if (row.is_invalidated)
    return { status: 'failed', failureReason: `Invalidated: ${row.invalidation_reason ?? 'no reason given'}` }
  if (endedBadly.has(row.status))
    return { status: 'failed', failureReason: `Its build ended as ${row.status}` }
  if (row.status !== 'success') return null
  if (row.is_passing_tests === false) return { status: 'draft', failureReason: null }
  return { status: row.is_final ? 'final' : 'draft', failureReason: null }
}

const instantOf = (text: string | null | undefined) => (text ? new Date(text) : null)

/** A release in the words of the port; null while it is built. */
export function releaseOf(
  row: ReleaseAnswer,
  fleetUuid: string,
  serviceName: (id: number) => string | undefined,
): SourceRelease | null {
  const judged = statusOf(row)
  if (!judged) return null
  const images = row.release_image.flatMap(({ image }) => image)
  return {
    fleetUuid,
    commit: row.commit,
    semver: row.raw_version,
    ...judged,
    notes: row.note ?? '',
    composition: row.composition ?? {},
    createdAt: new Date(row.start_timestamp ?? row.created_at),
    finalisedAt: judged.status === 'final' ? instantOf(row.is_finalized_at__date ?? row.created_at) : null,
    images: images.flatMap((image) => {
      const service = image.is_a_build_of__service && serviceName(image.is_a_build_of__service.__id)
      if (!service) return []
      return [
        {
          service,
          image: imageName(image.is_stored_at__image_location, image.content_hash),
          digest: image.content_hash ?? null,
          sizeBytes: image.image_size ?? null,
        },
      ]
    }),
  }
}

/** As devices are told it: the place, and which content exactly. */
export const imageName = (location: string, contentHash: string | null | undefined) =>
  contentHash ? `${location}@${contentHash}` : location
