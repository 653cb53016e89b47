import type { FleetTarget, PinOutcome, PinRequest } from '../fleet-source.ts'
import type { BalenaClient } from './balena-client.ts'
import { SourceFailure } from '../source-failure.ts'
import { pins as pinRows } from './balena-model.ts'
import { ask } from './balena-queries.ts'
import { inParts, type Catalogue } from './catalogue.ts'

/** Devices in one request: a filter of this many uuids keeps its address below 8,000 characters. */
const BATCH = 100

/** The words of a filter that PATCH takes: only devices whose pin is still the expected one. */
const stillPinned = (uuids: readonly string[], expected: number | null) => ({
  and: [{ uuid: { in: [...uuids] } }, { is_pinned_on__release: expected }],
})

/**
 * Sets pins in batches of devices that go from the same release to the same release, and reads them back: the API does not say
 * how many it changed.
 */
export async function pinDevices(
  client: BalenaClient,
  catalogue: Catalogue,
  requests: readonly PinRequest[],
): Promise<PinOutcome[]> {
  const groups = new Map<string, { from: number | null; to: number | null; uuids: string[] }>()
  for (const { uuid, fleetUuid, expected, commit } of requests) {
    const fleet = await catalogue.fleet(fleetUuid)
    const idOf = async (named: string | null) => (named === null ? null : catalogue.releaseId(fleet, named))
    const [from, to] = [await idOf(expected), await idOf(commit)]
    const key = `${from}/${to}`
    const group = groups.get(key) ?? { from, to, uuids: [] }
    group.uuids.push(uuid)
    groups.set(key, group)
  }
  const outcomes: PinOutcome[] = []
  for (const { from, to, uuids } of groups.values())
    for (const part of inParts(uuids, BATCH)) {
      const refusal = await setPins(client, part, from, to)
      outcomes.push(...(await readPins(client, catalogue, part)).map((read) => ({ ...read, refusal })))
    }
  return outcomes
}

/** Answers why the backend refused, as it does for a release that failed; null: it did not. */
async function setPins(
  client: BalenaClient,
  uuids: readonly string[],
  from: number | null,
  to: number | null,
): Promise<string | null> {
  try {
    await client.patch(ask('device', { filter: stillPinned(uuids, from) }), { is_pinned_on__release: to })
    return null
  } catch (error) {
    if (error instanceof SourceFailure && (error.status === 400 || error.status === 409)) return error.message
    throw error
  }
}

async function readPins(
  client: BalenaClient,
  catalogue: Catalogue,
  uuids: readonly string[],
): Promise<Omit<PinOutcome, 'refusal'>[]> {
  const { d } = await client.get(
    pinRows,
    ask('device', {
      select: ['id', 'uuid', 'is_pinned_on__release'],
      filter: { uuid: { in: [...uuids] } },
    }),
  )
  await catalogue.learnReleases(d.flatMap((row) => row.is_pinned_on__release?.__id ?? []))
  return d.map((row) => ({
    uuid: row.uuid,
    pin: row.is_pinned_on__release ? (catalogue.commit(row.is_pinned_on__release.__id) ?? null) : null,
  }))
}

/**
 * Both fields at once: to track the latest again moves nothing by itself until another release is made
 * (open-balena-api 49.0.12).
 */
export async function setFleetTarget(
  client: BalenaClient,
  catalogue: Catalogue,
  fleetUuid: string,
  target: FleetTarget,
): Promise<void> {
  const fleet = await catalogue.fleet(fleetUuid)
  const releaseId = target.commit === null ? null : await catalogue.releaseId(fleet, target.commit)
  await client.patch(`/v7/application(${fleet.id})`, {
    should_track_latest_release: target.kind === 'track-latest',
    should_be_running__release: releaseId,
  })
}
