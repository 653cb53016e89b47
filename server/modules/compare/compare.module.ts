import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import type { DeviceComparison } from '#contract/device-compare'
import { routes } from '#contract/routes'
import { roleAllows } from '#contract/session'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import {
  compareSides,
  compareWithFleet,
  type Common,
  type EventFigure,
  type FleetSide,
  type Side,
  type Spread,
} from './compare.rules.ts'
import {
  countEvents,
  countFleet,
  noEvents,
  readCommonSoftware,
  readCompared,
  readEffectiveVariables,
  readMetricSpreads,
  readSampledServices,
  readServices,
  sampleFleet,
  type ComparedDevice,
} from './compare.store.ts'

const DAY_MS = 86_400_000
/** So many devices stand for a fleet where a look at each would take too long: its services, tags and events. */
const SAMPLE = 200

/** The tag value that most devices have, of each key that at least half of them have. */
function commonTags(devices: readonly { tags: Record<string, string> }[]): Record<string, Common> {
  const counts = new Map<string, Map<string, number>>()
  for (const { tags } of devices)
    for (const [key, value] of Object.entries(tags)) {
      const values = counts.get(key) ?? new Map<string, number>()
      counts.set(key, values.set(value, (values.get(value) ?? 0) + 1))
    }
  const common: [string, Common][] = []
  for (const [key, values] of counts) {
    const [most] = [...values].sort((a, b) => b[1] - a[1])
    if (most && most[1] * 2 >= devices.length) common.push([key, { value: most[0], devices: most[1] }])
  }
  return Object.fromEntries(common)
}

/** Where a figure falls among others; `values` need no order. */
function spreadOf(values: readonly number[], own: number): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? own
  const below = sorted.filter((value) => value < own).length / Math.max(1, sorted.length)
  return { low: at(0.1), median: at(0.5), high: at(0.9), below, devices: sorted.length }
}

/** A device against another one or against what most of its fleet is like. */
export function compareModule({ db, now }: { db: Kysely<Schema>; now: () => Date }) {
  async function existing(uuid: string, field?: string): Promise<ComparedDevice> {
    const device = await readCompared(db, uuid)
    if (device) return device
    throw field === undefined ? Problem.notFound('device', uuid) : Problem.invalid(field, 'is no device')
  }

  async function sideOf(device: ComparedDevice, from: Date, mayReadVariables: boolean): Promise<Side> {
    const events = await countEvents(db, [device.id], from, now())
    return {
      ...device.row,
      services: await readServices(db, device.id),
      variables: mayReadVariables ? await readEffectiveVariables(db, device.fleetId, device.id) : null,
      events: events.get(device.id) ?? noEvents,
    }
  }

  async function fleetSideOf(
    device: ComparedDevice,
    own: Side,
    from: Date,
  ): Promise<FleetSide & { sampled: number }> {
    const sample = await sampleFleet(db, device.fleetId, SAMPLE)
    const ids = sample.map(({ id }) => id)
    const counts = await countEvents(db, ids, from, now())
    const devices = await countFleet(db, device.fleetId)
    const services = await readSampledServices(db, ids)
    const scale = (common: Common): Common => ({
      ...common,
      devices: Math.round((common.devices / Math.max(1, sample.length)) * devices),
    })
    const figures = Object.keys(noEvents) as EventFigure[]
    return {
      devices,
      sampled: sample.length,
      software: await readCommonSoftware(db, device.fleetId),
      services: Object.fromEntries(services.map(({ name, ...common }) => [name, scale(common)])),
      variables: own.variables === null ? null : await readEffectiveVariables(db, device.fleetId, null),
      tags: Object.fromEntries(
        Object.entries(commonTags(sample)).map(([key, common]) => [key, scale(common)]),
      ),
      metrics: await readMetricSpreads(db, device.fleetId, own.metrics),
      events: Object.fromEntries(
        figures.map((figure) => [
          figure,
          spreadOf(
            ids.map((id) => counts.get(id)?.[figure] ?? 0),
            own.events[figure],
          ),
        ]),
      ) as Record<EventFigure, Spread>,
    }
  }

  async function compare(
    uuid: string,
    other: string | undefined,
    days: number,
    caller: Caller,
  ): Promise<DeviceComparison> {
    const device = await existing(uuid)
    const from = new Date(now().getTime() - days * DAY_MS)
    const hasVariables = roleAllows(caller.role, 'support')
    const own = await sideOf(device, from, hasVariables)
    if (other !== undefined) {
      const second = await existing(other, 'query.with')
      return {
        against: { kind: 'device', uuid: second.uuid, name: second.name, fleetName: second.fleetName },
        rows: compareSides(own, await sideOf(second, from, hasVariables)),
        hasVariables,
      }
    }
    const fleet = await fleetSideOf(device, own, from)
    return {
      against: {
        kind: 'fleet',
        fleetId: device.fleetId,
        name: device.fleetName,
        devices: fleet.devices,
        sampled: fleet.sampled,
      },
      rows: compareWithFleet(own, fleet),
      hasVariables,
    }
  }

  return {
    register(app: FastifyInstance): void {
      registerRoute(app, routes.compareDevice, ({ params, query, caller }) =>
        compare(params.uuid, query.with, query.days, caller),
      )
    },
  }
}
