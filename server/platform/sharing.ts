import type { FastifyBaseLogger } from 'fastify'
import type { Changes } from './changes.ts'
import { OVERLAP_MS, SETTLE_MS } from './gateways.ts'
import type { Hub } from './hub.ts'
import { LineRelay, type LiveServer } from './line-relay.ts'
import { openRedis } from './redis.ts'

type SharingDeps = {
  /** Of the Redis that the gateways share; undefined: this one is alone. */
  url: string | undefined
  logger: FastifyBaseLogger
  nowMs: () => number
  changes: Changes
}

/** What several gateways do other than one alone: live updates of one reach those who watch at another. */
export function shareLive({ url, logger, nowMs, changes }: SharingDeps) {
  let hub: Hub | null = null
  let relay: LineRelay | null = null
  const redis = url === undefined ? null : openRedis(url, { log: logger, onBack: () => hub?.resyncStreams() })
  return {
    adapter: redis?.adapter ?? null,
    hubOptions: redis ? { overlapMs: OVERLAP_MS, beforeStream: async () => relay?.want() } : {},
    settling: redis && { forMs: SETTLE_MS, nowMs },
    /** Once sockets can be opened. */
    attach(io: LiveServer, toHub: Hub): void {
      if (!redis) return
      hub = toHub
      const own = new LineRelay({
        io,
        nowMs,
        isUp: () => redis.isUp,
        hasReaders: () => toHub.hasReaders,
        publish: (published) => changes.publish(published, true),
        onError: (error) => logger.error({ err: error }, 'lines of another gateway could not be read'),
      })
      changes.listen((published, isForeign) => own.note(published, isForeign))
      relay = own
    },
    start: () => relay?.start(),
    /** After the sockets are closed. */
    stop(): void {
      relay?.stop()
      redis?.close()
    },
  }
}
