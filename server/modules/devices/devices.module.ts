import type { FastifyInstance } from 'fastify'
import type { DeviceDeps } from './device-deps.ts'
import { readDevice, readEvents, readMetrics } from './device-detail.store.ts'
import { registerDeviceKey } from './device-key.routes.ts'
import { provideDeviceTopics } from './device-topics.ts'
import { registerDeviceWrites } from './device-writes.routes.ts'
import { registerDeviceLists, registerDeviceReads } from './devices.routes.ts'

const DAY_MS = 86_400_000

/** Devices: lists, one device, tags, variables, pins, bulk operations. */
export function devicesModule(deps: DeviceDeps) {
  provideDeviceTopics(deps)
  return {
    /** One device; null when there is none. */
    read: (uuid: string) => readDevice(deps.db, uuid, deps.judgeLayers),
    /** The newest events of a device, newest first. */
    events: (deviceId: number, limit: number) => readEvents(deps.db, deviceId, { limit }),
    metrics: (deviceId: number, from: Date, to: Date, points: number) =>
      readMetrics(deps.db, deviceId, from, to, points),
    register(app: FastifyInstance): void {
      registerDeviceLists(app, deps)
      registerDeviceReads(app, deps)
      registerDeviceWrites(app, deps)
      registerDeviceKey(app, deps)
    },
    /** Job: forgets events and metrics older than their retention. */
    async prune(retention: { eventDays: number; metricDays: number }): Promise<void> {
      const before = (days: number) => new Date(deps.now().getTime() - days * DAY_MS)
      await deps.db.deleteFrom('metric').where('at', '<', before(retention.metricDays)).execute()
      await deps.db.deleteFrom('device_event').where('at', '<', before(retention.eventDays)).execute()
    },
  }
}
