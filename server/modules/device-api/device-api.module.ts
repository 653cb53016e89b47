import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import { DeviceDirectory } from './device-auth.ts'
import type { Judge } from './device-state.ts'
import { makeDeviceWriter } from './device-writer.ts'
import { sweepDue } from './heartbeat.ts'
import { makeLogIngest } from './log-ingest.ts'
import { registerLogs } from './log-stream.routes.ts'
import { registerRegistration } from './registration.routes.ts'
import { registerState } from './state.routes.ts'

export type DeviceApiDeps = {
  db: Kysely<Schema>
  now: () => Date
  startedAt: Date
  log: Logger
  judge: Judge
  minimumPollIntervalMs: number
  metricSpacingMs: number
  publish: (changes: readonly Change[]) => void
  countReport: (outcome: string) => void
  countLogLines: (outcome: string, lines: number) => void
}

/** The side of the gateway that devices talk to, in upstream's protocol. */
export function deviceApiModule(deps: DeviceApiDeps) {
  const directory = new DeviceDirectory(deps.db, () => deps.now().getTime())
  const writer = makeDeviceWriter(deps)
  const ingest = makeLogIngest({ ...deps, count: deps.countLogLines })
  return {
    directory,
    writer,
    /** Change listener: a deleted or moved device must not be remembered as it was. */
    observe(changes: readonly Change[]): void {
      for (const change of changes) {
        if (change.kind === 'device-removed' || (change.kind === 'device' && change.aspects.has('identity')))
          directory.forget(change.uuid)
      }
    },
    /** Job: connectivity and health that time alone changes. */
    sweep: () => sweepDue(deps.db, writer, deps.now()),
    /** Waits until everything accepted is stored. */
    async flush(): Promise<void> {
      await writer.flush()
      await ingest.flush()
    },
    register(app: FastifyInstance): void {
      registerRegistration(app, { ...deps, directory })
      registerState(app, { ...deps, directory, writer })
      registerLogs(app, { ...deps, directory, writer, ingest, count: deps.countLogLines })
    },
  }
}
