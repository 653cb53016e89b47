import { backOff } from '../pace.ts'
import type { Session } from '../device/session.ts'
import { readTarget, type Target } from '../engine/target.ts'
import { isTrouble } from './trouble.ts'

const FIRST_RETRY_MS = 15_000
const LONGEST_JITTER_MS = 60_000
/** Upstream's 60 s are a tenth of its shortest interval; shorter intervals get a tenth too. */
const JITTER_SHARE = 0.1

export type PollLoop = { start: () => void; now: () => void }

/**
 * Asks for the target state (device-protocol section 2). The interval is the gateway's, obeyed in its own time because
 * it tells by it who is away; jitter and back-off are the device's.
 */
export function makePollLoop(
  session: Session,
  onTarget: (target: Target, isNew: boolean) => void,
  onInvalid: (error: unknown) => void,
): PollLoop {
  const { client, disk, link, pace, timers, random, around } = session
  const jitter = random.fork('poll')
  let etag: string | null = null
  let failures = 0
  let isPolling = false
  let isAskedAgain = false
  let cancel: () => void = () => undefined

  const intervalMs = () => disk.target?.pollIntervalMs ?? 900_000

  async function poll(): Promise<void> {
    const answer = await link.use((signal) => client.poll(etag, signal))
    if (!answer.isChanged) {
      if (disk.target) onTarget(disk.target, false)
      return
    }
    etag = answer.etag
    let target: Target
    try {
      target = readTarget(answer.state, session.plan.uuid)
    } catch (error) {
      onInvalid(error)
      return
    }
    disk.target = target
    onTarget(target, true)
  }

  async function run(): Promise<void> {
    cancel()
    if (isPolling) {
      isAskedAgain = true
      return
    }
    isPolling = true
    try {
      if (around.isAsking()) await poll()
      failures = 0
      const jitterMs = Math.min(pace.real(LONGEST_JITTER_MS), intervalMs() * JITTER_SHARE)
      cancel = timers.afterReal(intervalMs() + jitter.next() * jitterMs, run)
    } catch (error) {
      if (!isTrouble(error)) throw error
      const waitMs = pace.real(backOff(failures++, FIRST_RETRY_MS, Number.MAX_SAFE_INTEGER))
      cancel = timers.afterReal(Math.min(waitMs, intervalMs()), run)
    } finally {
      isPolling = false
    }
    if (isAskedAgain) {
      isAskedAgain = false
      await run()
    }
  }

  return {
    start: () => void timers.afterReal(0, run),
    now: () => void timers.afterReal(0, run),
  }
}
