import type { Abilities } from './platform/abilities.ts'
import type { actionsModule } from './modules/actions/actions.module.ts'
import type { deviceApiModule } from './modules/device-api/device-api.module.ts'
import type { devicesModule } from './modules/devices/devices.module.ts'
import type { DiagnosticsSources } from './modules/diagnostics/diagnostics-deps.ts'
import type { healthModule } from './modules/health/health.module.ts'
import type { logsModule } from './modules/logs/logs.module.ts'
import type { notesModule } from './modules/notes/notes.module.ts'
import type { timelineModule } from './modules/timeline/timeline.module.ts'

/** How much of a device's metrics and actions its diagnostics hold. */
const METRIC_POINTS = 800
const MOST_ACTIONS = 500

type Modules = {
  actions: Pick<ReturnType<typeof actionsModule>, 'read' | 'collect'>
  deviceApi: Pick<ReturnType<typeof deviceApiModule>, 'targetOf'>
  devices: Pick<ReturnType<typeof devicesModule>, 'read' | 'events' | 'metrics'>
  health: Pick<ReturnType<typeof healthModule>, 'explain'>
  logs: Pick<ReturnType<typeof logsModule>, 'newest'>
  notes: Pick<ReturnType<typeof notesModule>, 'read'>
  timeline: Pick<ReturnType<typeof timelineModule>, 'read'>
}

/** What the diagnostics of a device are put together from. */
export const diagnosticsSources = (abilities: Abilities, modules: Modules): DiagnosticsSources => ({
  device: modules.devices.read,
  events: modules.devices.events,
  metrics: (deviceId, from, to) => modules.devices.metrics(deviceId, from, to, METRIC_POINTS),
  health: modules.health.explain,
  timeline: modules.timeline.read,
  target: (deviceId) => modules.deviceApi.targetOf(deviceId),
  lines: modules.logs.newest,
  notes: modules.notes.read,
  actions: (uuid) => modules.actions.read(uuid, MOST_ACTIONS),
  askDevice: (uuid, actor) =>
    modules.actions.collect(
      uuid,
      actor,
      abilities.whyNot('device-actions') ?? abilities.whyNot('collect-diagnostics'),
    ),
})
