import type { FastifyInstance } from 'fastify'
import type { actionsModule } from './modules/actions/actions.module.ts'
import type { deviceApiModule } from './modules/device-api/device-api.module.ts'
import type { deviceIndexModule } from './modules/device-index/device-index.module.ts'
import type { rolloutsModule } from './modules/rollouts/rollouts.module.ts'
import type { webhooksModule } from './modules/webhooks/webhooks.module.ts'
import type { joinGateways } from './platform/gateways.ts'
import { closeHttp } from './platform/http.ts'
import type { Hub } from './platform/hub.ts'
import type { Job, Jobs } from './platform/jobs.ts'
import type { openLiveSocket } from './platform/live-socket.ts'
import type { shareLive } from './platform/sharing.ts'
import type { OpenedSource } from './sources/open-source.ts'

type Parts = {
  app: FastifyInstance
  hub: Hub
  jobs: Jobs
  background: readonly Job[]
  gateways: ReturnType<typeof joinGateways>
  sharing: ReturnType<typeof shareLive>
  socket: ReturnType<typeof openLiveSocket>
  /** Where fleets come from. */
  origin: Pick<OpenedSource, 'rest'>
  actions: Pick<ReturnType<typeof actionsModule>, 'start' | 'stop'>
  deviceApi: Pick<ReturnType<typeof deviceApiModule>, 'start' | 'close' | 'flush'>
  deviceIndex: Pick<ReturnType<typeof deviceIndexModule>, 'start'>
  rollouts: Pick<ReturnType<typeof rolloutsModule>, 'runner'>
  webhooks: Pick<ReturnType<typeof webhooksModule>, 'close'>
}

/** What begins and ends with the gateway, in the order in which one needs the other. */
export const lifecycle = ({
  app,
  hub,
  jobs,
  background,
  gateways,
  sharing,
  socket,
  origin,
  actions,
  deviceApi,
  deviceIndex,
  rollouts,
  webhooks,
}: Parts) => ({
  /** Starts what runs by itself: the live tick and the background jobs. */
  async start(): Promise<void> {
    await actions.start()
    deviceIndex.start()
    deviceApi.start()
    await gateways.start()
    hub.start()
    sharing.start()
    jobs.start(background)
  },
  /** Graceful stop: sockets told why, requests finished, jobs ended, writes flushed. The database is the caller's. */
  async stop(): Promise<void> {
    await jobs.stop()
    await origin.rest()
    await actions.stop()
    socket.close()
    sharing.stop()
    // Log streams end by their own close, other requests in their time.
    await Promise.all([deviceApi.close(), closeHttp(app)])
    await deviceApi.flush()
    await rollouts.runner.idle()
    await gateways.stop()
    await webhooks.close()
    await hub.stop()
  },
})
