import type { FastifyBaseLogger } from 'fastify'
import type { Kysely } from 'kysely'
import type { deviceApiModule } from './modules/device-api/device-api.module.ts'
import type { rolloutsModule } from './modules/rollouts/rollouts.module.ts'
import type { Change } from './platform/changes.ts'
import type { Config } from './platform/config.ts'
import type { Schema } from './platform/db/schema.ts'
import type { Hub } from './platform/hub.ts'
import type { Heard, MirrorDeps } from './sources/mirror/mirror-deps.ts'

type Parts = {
  db: Kysely<Schema>
  now: () => Date
  logger: FastifyBaseLogger
  publish: (changes: readonly Change[]) => void
  hub: Pick<Hub, 'topics'>
  deviceApi: Pick<ReturnType<typeof deviceApiModule>, 'writer' | 'storeLines'>
  rollouts: Pick<ReturnType<typeof rolloutsModule>, 'leave'>
  config: Pick<Config, 'WHEELHOUSE_POLL_INTERVAL_MS'>
}

/** By what a mirrored source stores what it reads. */
export function sourceDeps({
  logger,
  hub,
  deviceApi,
  rollouts,
  config,
  ...parts
}: Parts): Omit<MirrorDeps, 'source'> {
  return {
    ...parts,
    log: logger,
    pollIntervalMs: config.WHEELHOUSE_POLL_INTERVAL_MS,
    hear: (heard) => hear(deviceApi, heard, logger),
    storeLines: (device, lines) =>
      deviceApi.storeLines(
        device,
        lines.map(({ at, service, isSystem, isStderr, message }) => ({
          serviceName: service,
          isSystem,
          isStderr,
          atMs: at.getTime(),
          message,
        })),
      ),
    leaveRollouts: (trx, deviceId) => rollouts.leave(trx, deviceId),
    watched: () => hub.topics,
  }
}

/** A report whose release is not known here yet is heard without it: the rest of it is true all the same. */
async function hear(
  { writer }: Pick<Parts['deviceApi'], 'writer'>,
  heard: readonly Heard[],
  logger: FastifyBaseLogger,
): Promise<void> {
  const outcomes = await writer.write(heard)
  const again = heard.flatMap((said, index) => {
    if (outcomes[index] !== 'unknown-release' || said.kind !== 'report') return []
    const { apps: _unknown, ...report } = said.report
    return [{ ...said, report }]
  })
  if (again.length === 0) return
  logger.warn({ devices: again.length }, 'devices report releases that their source has not told of')
  await writer.write(again)
}
