import type { auditModule } from './modules/audit/audit.module.ts'
import type { actionsModule } from './modules/actions/actions.module.ts'
import type { deviceApiModule } from './modules/device-api/device-api.module.ts'
import type { deviceIndexModule } from './modules/device-index/device-index.module.ts'
import type { devicesModule } from './modules/devices/devices.module.ts'
import type { healthModule } from './modules/health/health.module.ts'
import type { logsModule } from './modules/logs/logs.module.ts'
import type { notificationsModule } from './modules/notifications/notifications.module.ts'
import type { rolloutsModule } from './modules/rollouts/rollouts.module.ts'
import type { searchModule } from './modules/search/search.module.ts'
import type { sessionModule } from './modules/session/session.module.ts'
import type { watchesModule } from './modules/watches/watches.module.ts'
import type { webhooksModule } from './modules/webhooks/webhooks.module.ts'
import type { openLiveSocket } from './platform/live-socket.ts'
import type { Config } from './platform/config.ts'
import type { IdempotencyKeys } from './platform/idempotency.ts'
import type { Job } from './platform/jobs.ts'

const MINUTE_MS = 60_000
const SWEEP_MS = 1_000
const ROLLOUT_TICK_MS = 2_000
const FOLLOW_MS = 2_000
const RECHECK_MS = 30_000

type Modules = {
  actions: Pick<ReturnType<typeof actionsModule>, 'sweep'>
  audit: Pick<ReturnType<typeof auditModule>, 'seal'>
  deviceApi: Pick<ReturnType<typeof deviceApiModule>, 'sweep'>
  deviceIndex: Pick<ReturnType<typeof deviceIndexModule>, 'follow' | 'prune'>
  devices: Pick<ReturnType<typeof devicesModule>, 'prune'>
  idempotencyKeys: Pick<IdempotencyKeys, 'prune'>
  health: Pick<ReturnType<typeof healthModule>, 'judgeAnew'>
  logs: Pick<ReturnType<typeof logsModule>, 'prune' | 'pruneDevices'>
  notifications: Pick<ReturnType<typeof notificationsModule>, 'prune'>
  rollouts: Pick<ReturnType<typeof rolloutsModule>, 'runner'>
  search: Pick<ReturnType<typeof searchModule>, 'index' | 'prune'>
  session: Pick<ReturnType<typeof sessionModule>, 'prune'>
  socket: Pick<ReturnType<typeof openLiveSocket>, 'recheck'>
  watches: Pick<ReturnType<typeof watchesModule>, 'tellWatchers'>
  webhooks: Pick<ReturnType<typeof webhooksModule>, 'deliver' | 'prune'>
}

/** What the gateway does by itself, and how often. None of it looks at all devices. */
export function backgroundJobs(
  {
    actions,
    audit,
    deviceApi,
    deviceIndex,
    devices,
    health,
    idempotencyKeys,
    logs,
    notifications,
    rollouts,
    search,
    session,
    socket,
    watches,
    webhooks,
  }: Modules,
  config: Config,
): Job[] {
  return [
    {
      name: 'sweep devices',
      everyMs: SWEEP_MS,
      run: async () => {
        await deviceApi.sweep()
        await health.judgeAnew()
      },
    },
    { name: 'step rollouts', everyMs: ROLLOUT_TICK_MS, run: () => rollouts.runner.tick() },
    { name: 'catch up with rollouts', everyMs: MINUTE_MS, run: () => rollouts.runner.catchUp() },
    { name: 'sweep actions', everyMs: ROLLOUT_TICK_MS, run: () => actions.sweep() },
    { name: 'send webhooks', everyMs: ROLLOUT_TICK_MS, run: () => webhooks.deliver() },
    { name: 'tell watchers', everyMs: ROLLOUT_TICK_MS, run: () => watches.tellWatchers() },
    { name: 'prune webhooks', everyMs: 10 * MINUTE_MS, run: () => webhooks.prune() },
    { name: 'prune notifications', everyMs: 10 * MINUTE_MS, run: () => notifications.prune() },
    { name: 'follow devices', everyMs: FOLLOW_MS, run: () => deviceIndex.follow() },
    { name: 'prune device changes', everyMs: MINUTE_MS, run: () => deviceIndex.prune() },
    { name: 'index devices', everyMs: SWEEP_MS, run: () => search.index() },
    { name: 'prune search words', everyMs: 60 * MINUTE_MS, run: () => search.prune() },
    { name: 'seal audit log', everyMs: ROLLOUT_TICK_MS, run: () => audit.seal() },
    { name: 'prune idempotency keys', everyMs: 10 * MINUTE_MS, run: () => idempotencyKeys.prune() },
    { name: 'prune sessions', everyMs: MINUTE_MS, run: () => session.prune() },
    { name: 'recheck sockets', everyMs: RECHECK_MS, run: () => socket.recheck() },
    { name: 'prune logs', everyMs: MINUTE_MS, run: () => logs.prune() },
    { name: 'prune logs of devices', everyMs: 10 * MINUTE_MS, run: () => logs.pruneDevices() },
    {
      name: 'prune history',
      everyMs: 10 * MINUTE_MS,
      run: () =>
        devices.prune({
          eventDays: config.WHEELHOUSE_EVENT_RETENTION_DAYS,
          metricDays: config.WHEELHOUSE_METRIC_RETENTION_DAYS,
        }),
    },
  ]
}
