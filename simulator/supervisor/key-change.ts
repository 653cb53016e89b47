import type { CommandResult } from '#contract/device-socket'
import { backOff } from '../pace.ts'
import { makeKey } from '../device/device-keys.ts'
import type { Session } from '../device/session.ts'
import { resumable } from './command-journal.ts'
import { Refused, isTrouble } from './trouble.ts'

const FIRST_RETRY_MS = 15_000
const LONGEST_RETRY_MS = 900_000

type Ending = Pick<CommandResult, 'status' | 'message'>

/**
 * Changes the device's key when it is asked to: it writes another one down, tells it with the one it has, uses it once, and
 * only then lets go of the former. Until it was used the gateway takes both, so wherever power fails it goes on after the
 * next start.
 */
export function makeKeyChange(session: Session, onEnd: (id: string, ending: Ending) => void) {
  const { around, client, disk, link, timers } = session
  const { keys } = disk
  let failures = 0

  async function change(id: string, deviceId: number): Promise<Ending> {
    keys.next ??= makeKey()
    const { next } = keys
    around.onCommandStep('key-made', id)
    // Refused: it may have told and used it before power failed.
    await link.use((signal) => client.offerKey(deviceId, next, signal))
    around.onCommandStep('key-told', id)
    const isOwn = await link.use((signal) => client.isOwnKey(next, signal))
    around.onCommandStep('key-used', id)
    link.signal.throwIfAborted()
    keys.next = null
    if (!isOwn) return { status: 'failed', message: 'The gateway took no other key' }
    keys.own = next
    return { status: 'done', message: 'Speaks with another key' }
  }

  async function run(id: string): Promise<void> {
    const { deviceId } = disk
    if (deviceId === null) return
    try {
      onEnd(id, await change(id, deviceId))
      failures = 0
    } catch (error) {
      if (!isTrouble(error)) throw error
      timers.after(backOff(failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS), () => run(id))
    }
  }

  return {
    run: (id: string) => void timers.afterReal(0, () => run(id)),
    /** Goes on with what was under way when power failed. */
    resume(): void {
      for (const id of resumable(disk.journal)) timers.afterReal(0, () => run(id))
    },
  }
}

/** Whether the gateway will not have this very key: it was revoked, rotated away, or is another device's. */
export const isKeyRefused = (error: unknown): boolean => error instanceof Refused && error.status === 409
