import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { FleetSnapshot, FleetSummary } from '#contract/fleet'
import { callApi, type CallInput } from '@/lib/api'
import { liveQuery } from '@/live/live-query'
import { changedWall, wallOf, type Wall } from './wall-cells'

/** As many as the gateway gives in one page. */
const MAX_RELEASES = 200
/** A device that was renamed is called by its new name on the wall after this time. */
const WALL_NAMES_STALE_MS = 30_000

export const fleetKeys = {
  all: ['fleets'] as const,
  list: ['fleets', 'list'] as const,
  one: (fleetId: number) => ['fleets', 'one', fleetId] as const,
  wall: (fleetId: number) => ['fleets', 'wall', fleetId] as const,
}

/** Keeps the order on screen: a fleet does not jump under the hand; new fleets come last. */
export function upsertFleets(
  fleets: readonly FleetSummary[],
  upserted: readonly FleetSummary[],
  removed: readonly number[],
): FleetSummary[] {
  const changed = new Map(upserted.map((fleet) => [fleet.id, fleet]))
  const gone = new Set(removed)
  const kept = fleets.filter((fleet) => !gone.has(fleet.id)).map((fleet) => changed.get(fleet.id) ?? fleet)
  const known = new Set(kept.map((fleet) => fleet.id))
  return [...kept, ...upserted.filter((fleet) => !known.has(fleet.id))]
}

export const fleetQueries = {
  list: () =>
    liveQuery<'fleets', FleetSnapshot>({
      topic: { kind: 'fleets' },
      queryKey: fleetKeys.list,
      fetch: (signal) => callApi('listFleets', { signal }),
      apply: (snapshot, data) => ({
        ...snapshot,
        fleets: upsertFleets(snapshot.fleets, data.upserted, data.removed),
      }),
    }),
  one: (fleetId: number) =>
    liveQuery<'fleet', { cursor: number; fleet: FleetSummary; isDeleted?: boolean }>({
      topic: { kind: 'fleet', fleetId },
      queryKey: fleetKeys.one(fleetId),
      fetch: (signal) => callApi('getFleet', { params: { fleetId }, signal }),
      apply: (snapshot, data) =>
        data.fleet === null ? { ...snapshot, isDeleted: true } : { ...snapshot, fleet: data.fleet },
    }),
  wall: (fleetId: number) =>
    liveQuery<'wall', Wall>({
      topic: { kind: 'wall', fleetId },
      queryKey: fleetKeys.wall(fleetId),
      fetch: async (signal) => wallOf(await callApi('getFleetWall', { params: { fleetId }, signal })),
      apply: changedWall,
      isLarge: true,
    }),
  /** Who these cells of the wall are, by id. */
  wallDevices: (fleetId: number, ids: readonly number[]) =>
    queryOptions({
      queryKey: [...fleetKeys.wall(fleetId), 'devices', ids],
      queryFn: async ({ signal }) => {
        const query = { ids: [...ids] }
        const { devices } = await callApi('getWallDevices', { params: { fleetId }, query, signal })
        return new Map(devices.map((device) => [device.id, device]))
      },
      staleTime: WALL_NAMES_STALE_MS,
    }),
  deviceTypes: () =>
    queryOptions({
      queryKey: [...fleetKeys.all, 'device-types'],
      queryFn: ({ signal }) => callApi('listDeviceTypes', { signal }),
      staleTime: 300_000,
    }),
  provisioningKeys: (fleetId: number) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'provisioning-keys'],
      queryFn: ({ signal }) => callApi('listProvisioningKeys', { params: { fleetId }, signal }),
    }),
  variables: (fleetId: number) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'variables'],
      queryFn: ({ signal }) => callApi('listFleetVariables', { params: { fleetId }, signal }),
    }),
  thresholds: (fleetId: number) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'thresholds'],
      queryFn: ({ signal }) => callApi('getHealthThresholds', { params: { fleetId }, signal }),
    }),
  /** What other limits would change; computed by the gateway, changes nothing. */
  thresholdPreview: (fleetId: number, limits: NonNullable<CallInput<'previewHealthThresholds'>['body']>) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'threshold-preview', limits],
      queryFn: ({ signal }) =>
        callApi('previewHealthThresholds', { params: { fleetId }, body: limits, signal }),
      placeholderData: keepPreviousData,
    }),
  logRetention: (fleetId: number) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'log-retention'],
      queryFn: ({ signal }) => callApi('getLogRetention', { params: { fleetId }, signal }),
    }),
  /** Releases a policy can point at, newest first. */
  releaseChoices: (fleetId: number) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'release-choices'],
      queryFn: ({ signal }) => callApi('listReleases', { query: { fleetId, limit: MAX_RELEASES }, signal }),
    }),
  /** Counts of the devices that follow the fleet: those that are not pinned themselves. */
  followers: (fleetId: number) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'followers'],
      queryFn: ({ signal }) => callApi('getDeviceFacets', { query: { fleetId, pinned: false }, signal }),
      // It decides what a confirmation says.
      staleTime: 0,
      gcTime: 0,
    }),
  /** Services of the release the fleet follows, by name. */
  services: (fleetId: number, releaseId: number | null) =>
    queryOptions({
      queryKey: [...fleetKeys.one(fleetId), 'services', releaseId],
      queryFn: async ({ signal }) => {
        if (releaseId === null) return []
        const release = await callApi('getRelease', { params: { releaseId }, signal })
        return release.services.map((service) => service.name)
      },
    }),
}
