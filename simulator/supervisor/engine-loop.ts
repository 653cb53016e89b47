import { reservedTags, serviceExitCodeTag, serviceRestartsTag } from '#contract/device-protocol'
import { advance, nextEndMs } from '../engine/apply.ts'
import type { Happening } from '../engine/containers.ts'
import type { Engine } from '../engine/engine.ts'
import type { Session } from '../device/session.ts'

/** While an image comes in, its progress is looked at this often. */
const LOOK_EVERY_MS = 5_000
const LEAST_REAL_MS = 15

/** What the engine tells of itself through tags: restarts, exit codes and what the last update cost. */
export function engineTags(engine: Engine): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const [service, count] of engine.restarts) tags[serviceRestartsTag(service)] = String(count)
  for (const [service, code] of engine.exitCodes) tags[serviceExitCodeTag(service)] = String(code)
  if (engine.cost) {
    tags[reservedTags.updateCommit] = engine.cost.commit
    tags[reservedTags.updateMode] = engine.cost.mode
    tags[reservedTags.updateBytes] = String(Math.round(engine.cost.bytes))
    tags[reservedTags.updateFullBytes] = String(engine.cost.fullBytes)
  }
  return tags
}

type EngineSession = Pick<Session, 'disk' | 'pace' | 'timers' | 'link'> & {
  around: Pick<Session['around'], 'conditions'>
}

/** Lets the engine work while device time passes, waking only when something ends. */
export function makeEngineLoop(session: EngineSession, onHappenings: (happenings: Happening[]) => void) {
  const { disk, link, pace, timers, around } = session
  const world = () => {
    const conditions = around.conditions()
    return {
      release: disk.target?.release ?? null,
      conditions: { ...conditions, hasNetwork: conditions.hasNetwork && link.isUp },
    }
  }
  let workedUntil = pace.now()
  let before = world()
  let cancel: () => void = () => undefined

  /** Brings the engine up to now; answers whether an image is coming in. */
  function work(): boolean {
    cancel()
    const now = pace.now()
    const here = world()
    // The time that has passed was spent under what held then: a new target is not downloaded in the past.
    const happenings = [
      ...advance(disk.engine, before.release, before.conditions, now - workedUntil),
      ...advance(disk.engine, here.release, here.conditions, 0),
    ]
    workedUntil = now
    before = here
    if (happenings.length > 0) onHappenings(happenings)
    const isLoading = disk.engine.downloads.size > 0
    const endMs = nextEndMs(disk.engine, here.conditions)
    const waitMs = Math.min(endMs, isLoading ? LOOK_EVERY_MS : Number.POSITIVE_INFINITY)
    if (Number.isFinite(waitMs)) {
      cancel = timers.afterReal(Math.max(LEAST_REAL_MS, pace.real(waitMs)), () => {
        // Progress is news too, though nothing has ended.
        if (work()) onHappenings([])
      })
    }
    return isLoading
  }

  return { work }
}
