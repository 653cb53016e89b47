import type { FastifyBaseLogger } from 'fastify'
import { ChangeFeed } from './change-feed.ts'
import type { Changes } from './changes.ts'
import type { Database } from './db/database.ts'
import type { Hub } from './hub.ts'
import { Leadership } from './leadership.ts'

/**
 * By how much the clocks of gateways, and what they know of each other, may differ. A page is sent the changes of so long
 * again when it comes from another gateway.
 */
export const OVERLAP_MS = 2_000
/** Within this a gateway hears of the lines that another one stored before its own. */
export const SETTLE_MS = 500

type Joined = {
  database: Database
  changes: Changes
  hub: Hub
  logger: FastifyBaseLogger
  /** This gateway leads from here on; resolves when what it leads has begun. */
  lead: () => Promise<void>
  /** Another one leads. */
  rest: () => void
}

/** Joins this gateway with those that share its store: they hear of each other's changes, and one of them leads. */
export function joinGateways({ database, changes, hub, logger, lead, rest }: Joined) {
  const feed = new ChangeFeed(database.db, (error) =>
    logger.error({ err: error }, 'changes could not be told to other gateways'),
  )
  const leadership = new Leadership({
    connect: database.connect,
    onGained: () => {
      logger.info('this gateway leads the rollouts')
      return lead().catch((error: unknown) => {
        logger.error({ err: error }, 'rollouts could not be taken over')
      })
    },
    onLost: () => {
      logger.warn('this gateway no longer leads the rollouts')
      rest()
    },
    onNotice: (payload) => {
      try {
        const told = feed.read(payload)
        if (told) changes.publish(told, true)
      } catch (error) {
        logger.error({ err: error }, 'a notice of another gateway could not be read')
      }
    },
    onGap: () => hub.resync(),
    onError: (error) => logger.error({ err: error }, 'the connection that leads broke'),
  })
  if (database.connect !== null)
    changes.listen((published, isForeign) => {
      if (!isForeign) feed.send(published)
    })
  return {
    isLeading: () => leadership.isLeading,
    start: () => leadership.start(),
    async stop(): Promise<void> {
      await leadership.stop()
      await feed.flush()
    },
  }
}
