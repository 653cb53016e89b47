import { beginConnection, judgeConnection, WATCHDOG_MS } from './connection.store'
import type { LiveClient } from './live-client'

type LateOptions = {
  load: () => Promise<LiveClient>
  /** The code cannot be had although the gateway answers: the app was updated. */
  onMissing: (error: unknown) => void
}

/**
 * A live client whose code is fetched beside the page's first data instead of before it. What is watched until it is
 * here is handed over then; afterwards it only passes on.
 */
export function createLateClient({ load, onMissing }: LateOptions): LiveClient {
  let client: LiveClient | null = null
  let isLoading = false
  let isWanted = false
  let watchdog: ReturnType<typeof setInterval> | undefined
  const waiting = new Set<(arrived: LiveClient) => void>()

  const arrive = (arrived: LiveClient) => {
    client = arrived
    clearInterval(watchdog)
    for (const start of waiting) start(arrived)
    waiting.clear()
    if (isWanted) arrived.connect()
  }

  return {
    connect() {
      if (!isWanted) beginConnection()
      isWanted = true
      client?.connect()
      if (client) return
      // The gateway may be gone before the code is here, while its first data are on screen.
      watchdog ??= setInterval(() => judgeConnection(false), WATCHDOG_MS)
      if (isLoading) return
      isLoading = true
      load().then(arrive, (error: unknown) => {
        isLoading = false
        onMissing(error)
      })
    },
    close() {
      isWanted = false
      clearInterval(watchdog)
      watchdog = undefined
      client?.close()
    },
    watch(topic, handlers) {
      if (client) return client.watch(topic, handlers)
      let stop = (): void => undefined
      const start = (arrived: LiveClient) => {
        stop = arrived.watch(topic, handlers)
      }
      waiting.add(start)
      return () => {
        waiting.delete(start)
        stop()
      }
    },
  }
}
