import type { Logger } from './logger.ts'

export type Job = { name: string; everyMs: number; run: () => Promise<void> }

/** Periodic background work. A job never overlaps itself; a failure is logged and the next turn tries again. */
export class Jobs {
  readonly #log: Logger
  readonly #onFailure: (name: string) => void
  readonly #timers: NodeJS.Timeout[] = []
  readonly #running = new Map<string, Promise<void>>()

  constructor(log: Logger, onFailure: (name: string) => void = () => undefined) {
    this.#log = log
    this.#onFailure = onFailure
  }

  start(jobs: readonly Job[]): void {
    for (const job of jobs) this.#timers.push(setInterval(() => void this.runOnce(job), job.everyMs))
  }

  /** One turn, unless the former one is still running. */
  async runOnce(job: Job): Promise<void> {
    const running = this.#running.get(job.name)
    if (running) return running
    const turn = job
      .run()
      .catch((error: unknown) => {
        this.#onFailure(job.name)
        this.#log.error({ err: error, job: job.name }, 'a background job failed')
      })
      .finally(() => this.#running.delete(job.name))
    this.#running.set(job.name, turn)
    return turn
  }

  /** Starts no new turns and waits for those under way. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#running.values())
  }
}
