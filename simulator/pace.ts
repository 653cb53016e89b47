/** Device time: runs `speed` times as fast as ours. All durations of the protocol are device time. */
export class Pace {
  readonly speed: number
  constructor(speed: number) {
    this.speed = speed
  }
  /** Our milliseconds for this many device milliseconds. */
  real(deviceMs: number): number {
    return deviceMs / this.speed
  }
  /** Device milliseconds since some fixed moment. */
  now(): number {
    return performance.now() * this.speed
  }
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** Timers in device time that end together, as everything on a device does when its power goes. */
export class Timers {
  readonly #pace: Pace
  readonly #onError: (error: unknown) => void
  readonly #running = new Set<NodeJS.Timeout>()
  #isEnded = false

  constructor(pace: Pace, onError: (error: unknown) => void) {
    this.#pace = pace
    this.#onError = onError
  }

  /** Runs once after this much device time; answers how to call it off. */
  after(deviceMs: number, run: () => void | Promise<void>): () => void {
    return this.afterReal(this.#pace.real(deviceMs), run)
  }

  /** As `after`, in our milliseconds: for what the gateway measures with its own clock. */
  afterReal(realMs: number, run: () => void | Promise<void>): () => void {
    if (this.#isEnded) return () => undefined
    const timer = setTimeout(
      () => {
        this.#running.delete(timer)
        try {
          const work = run()
          if (work) work.catch(this.#onError)
        } catch (error) {
          this.#onError(error)
        }
      },
      Math.min(realMs, LONGEST_TIMEOUT_MS),
    )
    this.#running.add(timer)
    return () => {
      clearTimeout(timer)
      this.#running.delete(timer)
    }
  }

  /** Nothing runs any more, nor what is begun from here on: whoever still waits for an answer goes on after it. */
  end(): void {
    this.#isEnded = true
    for (const timer of this.#running) clearTimeout(timer)
    this.#running.clear()
  }
}

/** 15 s, 30 s, 60 s … of device time, never more than `most` (device-protocol section 10). */
export const backOff = (failures: number, firstMs: number, mostMs: number): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures, 20))
