/** Every number the gateway serves of its devices, fleets and rollouts, by name; bench/soak-recount.ts names them alike. */
import { connectivities, updateStates } from '#contract/device'
import { healthStates } from '#contract/health-states'
import { rolloutDeviceStates } from '#contract/rollout'
import { decodeWallCells, unpackWallCode } from '#contract/wall-cells'
import type { GatewayClient } from '../e2e/fixtures/gateway-client.ts'
import { filtersOf, partsCounted, type Figures } from './soak-recount.ts'

const addAll = (into: Figures, name: string, counts: Readonly<Record<string, number>>) => {
  for (const [key, count] of Object.entries(counts)) into.set(`${name} ${key}`, count)
}
const addOne = (into: Figures, name: string) => into.set(name, (into.get(name) ?? 0) + 1)

async function addFleets(api: GatewayClient, into: Figures): Promise<number[]> {
  const { fleets } = await api.call('listFleets')
  for (const fleet of fleets) {
    const name = `fleet ${String(fleet.id)}:`
    addAll(into, `${name} devices`, fleet.devices)
    addAll(into, `${name} health`, fleet.health)
    addAll(into, `${name} last hour`, fleet.lastHour)
    for (const { code, count } of fleet.topReasons) into.set(`${name} reason ${code}`, count)
    for (const { release, count } of fleet.releaseSpread)
      into.set(`${name} release ${release === null ? 'none' : String(release.id)}`, count)
    if (fleet.activeRollout === null) continue
    const { succeeded, failed, total } = fleet.activeRollout
    addAll(into, `${name} rollout`, { succeeded, failed, total })
  }
  return fleets.map(({ id }) => id)
}

async function addWall(api: GatewayClient, fleetId: number, into: Figures): Promise<void> {
  const { cells } = await api.call('getFleetWall', { params: { fleetId } })
  const name = `wall of fleet ${String(fleetId)}:`
  for (const { code } of decodeWallCells(cells)) {
    const { health, connectivity, update } = unpackWallCode(code)
    addOne(into, `${name} health ${healthStates[health] ?? ''}`)
    addOne(into, `${name} connectivity ${connectivities[connectivity] ?? ''}`)
    addOne(into, `${name} update ${updateStates[update] ?? ''}`)
  }
}

/** Facets under each filter, and how long the list is that each value of a facet leads to. */
async function addLists(api: GatewayClient, fleetIds: readonly number[], into: Figures): Promise<void> {
  for (const { name, query } of filtersOf(fleetIds)) {
    const facets = await api.call('getDeviceFacets', { query })
    for (const part of partsCounted)
      for (const { value, count } of facets[part]) into.set(`facets, ${name}: ${part} ${value}`, count)
    const { total } = await api.call('listDevices', { query: { ...query, limit: 1 } })
    into.set(`list, ${name}: total`, total)
    if (Object.keys(query).length > 0) continue
    for (const part of partsCounted)
      for (const { value } of facets[part]) {
        const list = await api.call('listDevices', { query: { [part]: value, limit: 1 } })
        into.set(`list, ${part} ${value}: total`, list.total)
      }
  }
}

async function addRollouts(api: GatewayClient, into: Figures): Promise<void> {
  const { rows, total, stateCounts } = await api.call('listRollouts')
  addAll(into, 'rollouts:', { total, ...stateCounts })
  for (const row of rows) {
    const name = `rollout ${String(row.id)}`
    addAll(into, `${name}, list:`, { total: row.total, ...row.counts })
    const params = { rolloutId: row.id }
    const { rollout } = await api.call('getRollout', { params })
    addAll(into, `${name}:`, { total: rollout.total, ...rollout.counts })
    for (const phase of rollout.phases)
      addAll(into, `${name}, phase ${String(phase.index)}:`, { total: phase.total, ...phase.counts })
    for (const state of rolloutDeviceStates) {
      const devices = await api.call('listRolloutDevices', { params, query: { state, limit: 1 } })
      into.set(`${name}, devices: ${state}`, devices.total)
    }
    into.set(
      `${name}: failures by reason`,
      rollout.failures.reduce((sum, { count }) => sum + count, 0),
    )
    const { cells } = await api.call('getRolloutWall', { params })
    for (const [, , state, phase] of cells)
      addOne(into, `${name}, wall: phase ${String(phase)} ${rolloutDeviceStates[state] ?? ''}`)
  }
}

/** Every number that is served, and between which moments the last hour of the fleets was read, ms since the epoch. */
export type Served = { figures: Figures; newsFromMs: number; newsToMs: number }

/** Reads all of them. */
export async function readServed(api: GatewayClient): Promise<Served> {
  const figures: Figures = new Map()
  const newsFromMs = Date.now()
  const fleetIds = await addFleets(api, figures)
  const newsToMs = Date.now()
  for (const fleetId of fleetIds) await addWall(api, fleetId, figures)
  await addLists(api, fleetIds, figures)
  await addRollouts(api, figures)
  return { figures, newsFromMs, newsToMs }
}
