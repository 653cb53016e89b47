import type { MissingAbility } from '#contract/source'
import type { FleetSource, SourceFleet } from '../fleet-source.ts'
import { checkConnection } from './balena-check.ts'
import { BalenaClient } from './balena-client.ts'
import { releases, type ApplicationRow } from './balena-model.ts'
import { ask, releaseQuery } from './balena-queries.ts'
import { Catalogue } from './catalogue.ts'
import { DeviceFeed } from './device-feed.ts'
import { followLines, readLines } from './device-lines.ts'
import { pinDevices, setFleetTarget } from './device-pins.ts'
import { readVariables } from './fleet-variables.ts'
import { releaseOf } from './release-answer.rules.ts'
import { RequestBudget, type BudgetDeps } from './request-budget.ts'
import { askSupervisor } from './supervisor-actions.ts'

export type BalenaSourceDeps = {
  url: URL
  token: string
  fetch: typeof globalThis.fetch
  /** Ends what is under way when the gateway stops. */
  signal: AbortSignal
  /** Rows in one answer of any list; absent: as many as are handled well at once. */
  pageSize?: number
} & BudgetDeps

const PAGE_SIZES = { rows: 500, names: 5_000, releases: 100 }

const elsewhere = (what: string) =>
  `${what} is done where the fleets live: with the balena CLI or over the API of the backend.`
const missing: MissingAbility[] = [
  { ability: 'create-fleets', why: elsewhere('Making, renaming and deleting fleets') },
  { ability: 'create-releases', why: elsewhere('Making releases (balena push, balena deploy)') },
  { ability: 'register-devices', why: elsewhere('Adding devices and making provisioning keys') },
  { ability: 'device-keys', why: elsewhere('Changing the key of a device') },
  { ability: 'edit-devices', why: elsewhere('Renaming, moving and deleting devices') },
  { ability: 'edit-tags', why: elsewhere('Changing tags') },
  { ability: 'edit-variables', why: elsewhere('Changing variables') },
  {
    ability: 'target-host-os',
    why: 'Updates of the host OS need the action servers of balenaCloud, which openBalena does not have.',
  },
  {
    ability: 'collect-diagnostics',
    why: 'A device behind this backend cannot be asked for files; what the backend knows of it is in the archive.',
  },
]

/** The fleets of an openBalena or balenaCloud, over the API that its own tools use. */
export function balenaSource(deps: BalenaSourceDeps): FleetSource & { budget: RequestBudget } {
  const budget = new RequestBudget(deps)
  const { pageSize: all } = deps
  const sizes = all === undefined ? PAGE_SIZES : { rows: all, names: all, releases: all }
  const client = new BalenaClient({ ...deps, budget })
  const catalogue = new Catalogue(client)
  const feed = new DeviceFeed(client, catalogue, deps.nowMs, sizes)

  const fleetInWords = (row: ApplicationRow): SourceFleet[] => {
    const deviceType = row.is_for__device_type && catalogue.deviceType(row.is_for__device_type.__id)
    if (!deviceType) return []
    const target = row.should_be_running__release
    return [
      {
        uuid: row.uuid,
        name: row.app_name,
        deviceType,
        target: {
          kind: row.should_track_latest_release ? 'track-latest' : 'pinned',
          commit: target ? (catalogue.commit(target.__id) ?? null) : null,
        },
        services: row.service.map((service) => service.service_name),
      },
    ]
  }

  return {
    kind: 'balena',
    name: `openBalena at ${deps.url.host}`,
    address: deps.url.origin,
    missing,
    budget,
    async fleets() {
      return (await catalogue.readFleets()).flatMap(fleetInWords)
    },
    async releases(fleetUuid, after) {
      const fleet = await catalogue.fleet(fleetUuid)
      const { d } = await client.get(
        releases,
        ask('release', {
          ...releaseQuery,
          filter: { and: [{ belongs_to__application: fleet.id }, { id: { gt: Number(after ?? 0) } }] },
          orderBy: ['id asc'],
          top: sizes.releases,
        }),
      )
      for (const row of d) catalogue.keep(row)
      const last = d.at(-1)
      return {
        items: d.flatMap((row) => releaseOf(row, fleetUuid, catalogue.serviceName) ?? []),
        next: last && d.length === sizes.releases ? String(last.id) : null,
      }
    },
    devices: (after) => feed.page(after),
    device: async (uuid) => (await feed.byUuids([uuid]))[0] ?? null,
    devicesOf: (uuids) => feed.byUuids(uuids),
    deviceUuids: () => feed.uuids(),
    variables: async (fleetUuid) => readVariables(client, await catalogue.fleet(fleetUuid)),
    changes: (position) => feed.changes(position),
    logs: (uuid, count) => readLines(client, uuid, count, catalogue.serviceName),
    followLogs: (uuid, count, onLines, signal) =>
      followLines(client, { uuid, count, nameOf: catalogue.serviceName, signal }, onLines),
    pinDevices: (pins) => pinDevices(client, catalogue, pins),
    setFleetTarget: (fleetUuid, target) => setFleetTarget(client, catalogue, fleetUuid, target),
    async act(action) {
      await askSupervisor(client, action, (await catalogue.fleet(action.fleetUuid)).id)
    },
    check: () => checkConnection(client, deps.url),
  }
}
