import {
  activeVersion,
  beginOsUpdate,
  cancelOsUpdate,
  isUpdatingOs,
  nextPhase,
  osTags,
  phaseMs,
  type OsOutcome,
} from '../device/os-slots.ts'
import type { Session } from '../device/session.ts'
import type { TagsLoop } from './tags-loop.ts'
import { isTrouble } from './trouble.ts'

/** Time for an answer to leave before the power goes. */
export const BEFORE_REBOOT_MS = 2_000

type OsTools = { tags: TagsLoop; say: (message: string) => void; noteChange: () => void }

/** Leads the host OS from slot to slot: towards the version of the target, or to one that was asked for by hand. */
export function makeOsLoop(session: Session, { tags, say, noteChange }: OsTools) {
  const { disk, link, timers, around } = session
  const { slots } = disk
  let callOff: () => void = () => undefined

  /** Lets the present phase of an update pass, then the next. */
  function step(): void {
    const ms = phaseMs(slots)
    if (ms === null) return
    callOff = timers.after(ms, () => {
      if (slots.phase === 'downloading' && !link.isUp) return step()
      const { mustReboot, line } = nextPhase(slots)
      if (line !== null) say(`os-update: ${line}`)
      tags.set(osTags(slots))
      noteChange()
      // What the target asked for meanwhile comes after what was under way.
      if (!isUpdatingOs(slots) && obey(disk.target?.hostOsVersion ?? null)) return
      if (!mustReboot) return step()
      callOff = timers.after(BEFORE_REBOOT_MS, async () => {
        try {
          await tags.flush()
        } catch (error) {
          if (!isTrouble(error)) throw error
        }
        around.reboot('requested')
      })
    })
  }

  function update(version: string, outcome: OsOutcome, isByTarget = false): boolean {
    if (!beginOsUpdate(slots, version, outcome, isByTarget)) return false
    say(`os-update: downloading balenaOS ${version}, ${activeVersion(slots)} goes on running`)
    tags.set(osTags(slots))
    step()
    return true
  }

  const obey = (version: string | null): boolean =>
    version !== null && version !== slots.refused && update(version, around.osOutcome(version), true)

  return {
    update: (version: string, outcome: OsOutcome) => void update(version, outcome),
    /** A new target names this version of the host OS, or none: then an update it had asked for is given up. */
    follow(version: string | null): void {
      // What was given up is tried again once it was taken back and is asked for anew.
      if (version !== slots.refused) slots.refused = null
      if (cancelOsUpdate(slots, version)) {
        callOff()
        say('os-update: called off, the target no longer asks for it')
        tags.set(osTags(slots))
      }
      obey(version)
    },
    /** Goes on after a boot in the middle of an update. */
    resume(): void {
      if (isUpdatingOs(slots) || slots.phase === 'committed') step()
    },
  }
}
