/** Waits until a gateway that has just started remembers its devices, as it says in its metrics. */
const PAUSE_MS = 50
/** It begins as soon as it listens. */
const LEAST_MS = 200

export type Remembered = { devices: number; seconds: number }

export async function untilRemembered(url: string): Promise<Remembered> {
  const startMs = performance.now()
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text()
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    const tookMs = performance.now() - startMs
    if (value('wheelhouse_remembering_devices') === 0 && tookMs > LEAST_MS)
      return { devices: value('wheelhouse_remembered_devices'), seconds: tookMs / 1000 }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
