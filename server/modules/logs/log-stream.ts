import type { Kysely } from 'kysely'
import type { LogLine, LogSelector } from '#contract/log'
import type { Schema } from '../../platform/db/schema.ts'
import type { TopicStream } from '../../platform/hub-providers.ts'
import { isWithin } from '#contract/role'
import type { Within } from '../../platform/within.ts'
import { LineSettler, type Settling } from './line-settler.ts'
import { LogFeed, type FeedLimit } from './log-feed.ts'
import { compileSelector } from './log-selector.ts'
import { searchLogs } from './logs.store.ts'

/** In one patch: 200 ms ticks carry 10,000 lines a second at most. */
const PATCH_LIMIT: FeedLimit = { lines: 2_000, characters: 1_000_000 }
/** Lines sent again after a reconnect; beyond, the page is told to fetch the newest page instead. */
const REPLAY_LIMIT = 2_000

/**
 * One reader's stream: what was stored since its last line, then what arrives. `settling`: where several gateways store,
 * lines come in another order than they were stored in; each waits so long for those before it. Throws BadPattern.
 */
export function openStream(
  db: Kysely<Schema>,
  selector: Within<LogSelector>,
  since: number | null,
  settling: Settling | null,
): TopicStream<{ lines: LogLine[]; dropped: number }> {
  const matches = compileSelector(selector)
  const feed = new LogFeed()
  /** The last line sent, and the last one taken in. */
  let last = since ?? 0
  let newest = last
  /** Lines that arrive while the missed ones are read come after them. */
  let isReplaying = since !== null
  const early = new LogFeed()
  const settler = settling && new LineSettler(settling)

  const takeIn = (lines: readonly LogLine[]) => {
    const fresh = lines.filter((line) => line.id > newest)
    newest = Math.max(newest, fresh.at(-1)?.id ?? newest)
    feed.push(fresh)
  }
  async function replay(from: number): Promise<{ cursor: number; isResync: boolean }> {
    const missed = await searchLogs(db, selector, { after: from, limit: REPLAY_LIMIT })
    if (!missed.hasNewer) feed.push(missed.lines)
    if (!missed.hasNewer) newest = missed.lines.at(-1)?.id ?? from
    const waiting = early.take()
    takeIn(waiting.lines)
    feed.addDropped(waiting.dropped)
    isReplaying = false
    return { cursor: from, isResync: missed.hasNewer }
  }

  return {
    ready: since === null ? Promise.resolve({ cursor: 0, isResync: false }) : replay(since),
    push(change) {
      if (change.kind !== 'log') return
      const lines = change.lines.filter((line) => {
        const fleetId = change.fleetIdOf.get(line.deviceUuid)
        return isWithin(selector.within, fleetId ?? 0) && matches(line, fleetId)
      })
      if (isReplaying) early.push(lines)
      else if (settler) {
        settler.push(lines)
        takeIn(settler.take())
      } else takeIn(lines)
    },
    take() {
      if (settler && !isReplaying) takeIn(settler.take())
      if (feed.isEmpty) return null
      const data = feed.take(PATCH_LIMIT)
      const from = last
      last = Math.max(last, data.lines.at(-1)?.id ?? last)
      return { from, to: last, data }
    },
  }
}
