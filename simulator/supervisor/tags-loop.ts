import { backOff } from '../pace.ts'
import type { Session } from '../device/session.ts'
import { isTrouble } from './trouble.ts'

const SPACING_MS = 10_000
const FIRST_RETRY_MS = 15_000

export type TagsLoop = {
  set: (tags: Record<string, string>) => void
  /** Sends what is not yet told, at once; throws when it cannot. */
  flush: () => Promise<void>
}

/** Tells the device's own tags (row 8), at most every 10 s, only those that changed. */
export function makeTagsLoop(session: Session): TagsLoop {
  const { client, link, pace, timers, around } = session
  const told = new Map<string, string>()
  const wanted = new Map<string, string>()
  let sending: Promise<void> | null = null
  let lastSentAt = Number.NEGATIVE_INFINITY
  let failures = 0
  let isScheduled = false

  async function send(): Promise<void> {
    const changed = [...wanted].filter(([key, value]) => told.get(key) !== value)
    if (changed.length === 0 || !around.isReporting()) return
    await link.use((signal) => client.tags(Object.fromEntries(changed), signal))
    for (const [key, value] of changed) told.set(key, value)
    lastSentAt = pace.now()
    failures = 0
  }

  async function flush(): Promise<void> {
    while (sending) await sending.catch(() => undefined)
    sending = send()
    try {
      await sending
    } finally {
      sending = null
    }
  }

  function schedule(deviceMs: number): void {
    if (isScheduled) return
    isScheduled = true
    timers.after(Math.max(0, deviceMs), async () => {
      isScheduled = false
      try {
        await flush()
      } catch (error) {
        if (!isTrouble(error)) throw error
        schedule(backOff(failures++, FIRST_RETRY_MS, 900_000))
      }
    })
  }

  return {
    set(tags) {
      for (const [key, value] of Object.entries(tags)) wanted.set(key, value)
      schedule(lastSentAt + SPACING_MS - pace.now())
    },
    flush,
  }
}
