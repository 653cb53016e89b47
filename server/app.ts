import type { FastifyBaseLogger } from 'fastify'
import { backgroundJobs } from './background-jobs.ts'
import { diagnosticsSources } from './diagnostics-sources.ts'
import { lifecycle } from './lifecycle.ts'
import { deviceApiSettings, httpSettings, sessionSettings } from './settings.ts'
import { sourceDeps } from './source-deps.ts'
import { actionsModule } from './modules/actions/actions.module.ts'
import { auditModule } from './modules/audit/audit.module.ts'
import { backupModule } from './modules/backup/backup.module.ts'
import { compareModule } from './modules/compare/compare.module.ts'
import { deviceApiModule } from './modules/device-api/device-api.module.ts'
import { deviceIndexModule } from './modules/device-index/device-index.module.ts'
import { deviceCondition } from './modules/devices/device-filter.ts'
import { devicesModule } from './modules/devices/devices.module.ts'
import { diagnosticsModule } from './modules/diagnostics/diagnostics.module.ts'
import { fleetsModule } from './modules/fleets/fleets.module.ts'
import { healthModule } from './modules/health/health.module.ts'
import { judgeLayers } from './modules/health/layers.rules.ts'
import { judgeDevice } from './modules/health/judge-device.ts'
import { notesModule } from './modules/notes/notes.module.ts'
import { logsModule } from './modules/logs/logs.module.ts'
import { notificationsModule } from './modules/notifications/notifications.module.ts'
import { releasesModule } from './modules/releases/releases.module.ts'
import { rolloutsModule } from './modules/rollouts/rollouts.module.ts'
import { searchModule } from './modules/search/search.module.ts'
import { timelineModule } from './modules/timeline/timeline.module.ts'
import { watchesModule } from './modules/watches/watches.module.ts'
import { webhooksModule } from './modules/webhooks/webhooks.module.ts'
import { sourceModule } from './modules/source/source.module.ts'
import { sessionModule } from './modules/session/session.module.ts'
import { makeAbilities } from './platform/abilities.ts'
import { Changes, type Change } from './platform/changes.ts'
import type { Clock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import type { Database } from './platform/db/database.ts'
import { listeningUrl, makeHttp, servePage } from './platform/http.ts'
import { joinGateways } from './platform/gateways.ts'
import { Hub } from './platform/hub.ts'
import { IdempotencyKeys } from './platform/idempotency.ts'
import { Jobs } from './platform/jobs.ts'
import { openLiveSocket } from './platform/live-socket.ts'
import { makeMetrics } from './platform/metrics.ts'
import { readFleetsOf } from './platform/resource-fleets.ts'
import { shareLive } from './platform/sharing.ts'
import { outlineOf, type SourceView } from './platform/source-view.ts'
import { registerDocs, registerSystem } from './platform/system-routes.ts'
import { openSource, type ReadSource } from './sources/open-source.ts'

export type AppDeps = {
  config: Config
  database: Database
  clock: Clock
  logger: FastifyBaseLogger
  version: string
  /** Folder of the built page. */
  pageFolder: string
  startedAt: Date
  /** Where fleets come from; absent: what the settings name. */
  source?: SourceView | ReadSource
}

/** Builds the whole gateway without listening; tests build the same. */
export async function buildApp(deps: AppDeps) {
  const { config, database, clock, logger } = deps
  const { db } = database
  const now = () => clock.now()
  const metrics = makeMetrics()
  const app = await makeHttp({ logger, ...httpSettings(config) })
  const changes = new Changes((error) => logger.error({ err: error }, 'a change listener failed'))
  const nowMs = () => now().getTime()
  const sharing = shareLive({ url: config.REDIS_URL, logger, nowMs, changes })
  const hub = new Hub({
    nowMs,
    onError: (error, topic) => logger.error({ err: error, topic: topic.kind }, 'a topic could not be read'),
    ...sharing.hubOptions,
  })
  changes.listen((published) => hub.note(published))
  const source = openSource(deps.source ?? config, () =>
    sourceDeps({ db, now, logger, publish, hub, deviceApi, rollouts, config }),
  )
  const abilities = makeAbilities(source.missing)
  const jobs = new Jobs(logger, (job) => metrics.jobFailures.inc({ job }))
  const publicUrl = () => config.PUBLIC_URL?.replace(/\/$/, '') ?? listeningUrl(app, config)

  const audit = auditModule({ db, now })
  const idempotencyKeys = new IdempotencyKeys({ db, now, log: logger })
  const session = sessionModule({
    db,
    now,
    log: logger,
    ...sessionSettings(config),
    publicUrl,
    source: () => outlineOf(source),
    endSockets: (sessionId) => changes.publish([{ kind: 'session-ended', sessionId }]),
    renewRights: (userIds) => changes.publish(userIds.map((userId) => ({ kind: 'rights', userId }))),
    audit: audit.record,
  })

  const publish = (published: readonly Change[]) => changes.publish(published)
  const deviceApi = deviceApiModule({
    db,
    now,
    clock,
    startedAt: deps.startedAt,
    log: logger,
    judge: judgeDevice,
    ...deviceApiSettings(config),
    publish,
    audit: audit.record,
    countReport: (outcome) => metrics.reports.inc({ outcome }),
    countLogLines: (outcome, lines) => metrics.logLines.inc({ outcome }, lines),
  })
  const actions = actionsModule({
    db,
    now,
    hub,
    log: logger,
    publish,
    audit: audit.record,
    authenticate: (uuid, key) => deviceApi.directory.authenticateNow(uuid, key),
    act: source.act ?? undefined,
  })
  const health = healthModule({
    db,
    now,
    publish,
    audit: audit.record,
    check: async (deviceIds) => {
      await deviceApi.writer.write(deviceIds.map((deviceId) => ({ kind: 'check', deviceId })))
    },
  })
  const deviceIndex = deviceIndexModule({ db, now, log: logger })
  const fleets = fleetsModule({
    db,
    now,
    hub,
    publish,
    counts: (fleetIds) => deviceIndex.fleetCounts(fleetIds),
    audit: audit.record,
    nudgeFleet: (fleetId) => actions.nudgeFleet(fleetId),
  })
  const releases = releasesModule({ db, now, hub, publish, audit: audit.record })
  const devices = devicesModule({
    db,
    now,
    hub,
    publish,
    audit: audit.record,
    judgeLayers,
    list: deviceIndex,
    nudgeDevice: (deviceId) => actions.nudge(deviceId),
    leaveRollouts: (trx, deviceId) => rollouts.leave(trx, deviceId),
    actions,
  })
  const timeline = timelineModule({ db, now })
  const webhooks = webhooksModule({
    db,
    now,
    hub,
    publish,
    audit: audit.record,
    isPrivateAllowed: config.WHEELHOUSE_WEBHOOK_ALLOW_PRIVATE,
  })
  const notifications = notificationsModule({ db, now, hub, publish })
  const notes = notesModule({ db, now, publish, audit: audit.record })
  const watches = watchesModule({ db, now, publish, tell: (trx, news) => notifications.tell(trx, news) })
  const rollouts = rolloutsModule({
    db,
    now,
    hub,
    publish,
    audit: audit.record,
    notify: async (trx, news) => [
      ...(await webhooks.notify(trx, news)),
      ...(await notifications.notify(trx, news)),
    ],
    matchDevices: (filter) => deviceCondition({ ...filter, within: 'all' }),
    isLeading: () => gateways.isLeading(),
    onError: (error, rolloutId) => logger.error({ err: error, rolloutId }, 'a rollout step failed'),
  })
  const gateways = joinGateways({
    database,
    changes,
    hub,
    logger,
    lead: () => {
      source.lead()
      return rollouts.runner.start()
    },
    rest: () => {
      void source.rest()
      rollouts.runner.rest()
    },
  })
  const logs = logsModule({
    db,
    now,
    hub,
    audit: audit.record,
    retention: {
      days: config.WHEELHOUSE_LOG_RETENTION_DAYS,
      bytes: config.WHEELHOUSE_LOG_RETENTION_BYTES ?? null,
    },
    linesPerDevice: config.WHEELHOUSE_LOG_LINES_PER_DEVICE,
    settling: sharing.settling,
  })
  const diagnostics = diagnosticsModule({
    db,
    now,
    log: logger,
    version: deps.version,
    store: database.store,
    audit: audit.record,
    sources: diagnosticsSources(abilities, { actions, deviceApi, devices, health, logs, notes, timeline }),
  })
  changes.listen((published, isForeign) => {
    deviceApi.observe(published)
    actions.observe(published)
    rollouts.runner.observe(published, isForeign)
    source.observe(published)
  })

  app.decorate('abilities', abilities)
  app.decorate('fleetsOf', readFleetsOf(db))
  app.decorate('idempotencyKeys', idempotencyKeys)
  session.register(app)
  const modules = {
    audit,
    backup: backupModule({ db, now, store: database.store, audit: audit.record }),
    health,
    fleets,
    releases,
    devices,
    search: searchModule({ db }),
    compare: compareModule({ db, now }),
    notes,
    watches,
    timeline,
    rollouts,
    logs,
    actions,
    diagnostics,
    webhooks,
    notifications,
    source: sourceModule({ source, hub, now }),
    deviceApi,
  }
  for (const module of Object.values(modules)) module.register(app)
  registerSystem(app, deps, metrics, gateways.isLeading)
  await registerDocs(app, deps.version)
  await servePage(app, deps.pageFolder)
  const socket = openLiveSocket({
    http: app.server,
    hub,
    log: logger,
    now,
    identify: (header) => session.identifySocket(header === undefined ? {} : app.parseCookie(header)),
    publicUrl: config.PUBLIC_URL,
    fleetsOf: app.fleetsOf,
    liveSessions: (sessionIds) => session.liveSessions(sessionIds),
    adapter: sharing.adapter,
  })
  changes.listen((published) => socket.note(published))
  sharing.attach(socket.io, hub)
  actions.open(socket.io)
  metrics.watch({
    sockets: () => socket.io.engine.clientsCount,
    topics: () => hub.watched,
    rememberedDevices: () => deviceApi.remembering.devices,
    isRemembering: () => deviceApi.remembering.isRunning,
  })

  const background = backgroundJobs({ ...modules, deviceIndex, idempotencyKeys, session, socket }, config)

  return {
    app,
    hub,
    changes,
    jobs,
    io: socket.io,
    deviceApi,
    actions,
    rollouts: rollouts.runner,
    gateways,
    setupLink: () => session.setupLink(),
    /** One turn of a background job, by its name. */
    async runJob(name: string): Promise<void> {
      const job = background.find((other) => other.name === name)
      if (!job) throw new Error(`there is no job "${name}"`)
      await jobs.runOnce(job)
    },
    ...lifecycle({
      ...modules,
      app,
      hub,
      jobs,
      background,
      gateways,
      deviceIndex,
      sharing,
      socket,
      origin: source,
    }),
  }
}
