const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 5_000
const ROUNDS = 5

type Surroundings = {
  /** Resolves when the gateway answers anything, rejects while it cannot be reached. */
  probe: () => Promise<unknown>
  wait: (ms: number) => Promise<void>
}
const browser: Surroundings = {
  probe: () => fetch('/', { method: 'HEAD', cache: 'no-store' }),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/** Resolves as soon as the gateway answers; asks ever more slowly meanwhile. */
async function untilReachable({ probe, wait }: Surroundings): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const isReachable = await probe().then(
      () => true,
      () => false,
    )
    if (isReachable) return
    await wait(waitMs)
  }
}

/**
 * Loads a part of the page. While the gateway is away it waits and tries again, so that an outage does not take down a
 * page whose parts were still on their way. Rejects with the reason when the gateway answers and the part still cannot
 * be had: it was updated, and the old part is gone.
 */
export async function loadPart<T>(load: () => Promise<T>, surroundings: Surroundings = browser): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await load()
    } catch (error) {
      if (round === ROUNDS) throw error
      // The first failure may be a connection that was cut; one more try tells a part that is gone.
      await untilReachable(surroundings)
      if (round > 1) await surroundings.wait(FIRST_WAIT_MS * round)
    }
  }
}
