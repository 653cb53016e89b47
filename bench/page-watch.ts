/** What an open page feels: time between frames, long tasks, how busy its main thread is, what its socket receives. */
import type { CDPSession, Page } from '@playwright/test'

const FRAME_MS = 1000 / 60

/** Runs in the page: notes long tasks and the time between frames, while it is told to. */
const watchFrames = `
  const isWatched = window.benchSeen !== undefined
  window.benchSeen = { longTasks: [], frames: [], isOn: false }
  if (!isWatched) new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (window.benchSeen.isOn) window.benchSeen.longTasks.push(entry.duration)
  }).observe({ entryTypes: ['longtask'] })
  let last = null
  const frame = (now) => {
    if (window.benchSeen.isOn && last !== null) window.benchSeen.frames.push(now - last)
    last = window.benchSeen.isOn ? now : null
    requestAnimationFrame(frame)
  }
  if (!isWatched) requestAnimationFrame(frame)
`
type Seen = { longTasks: number[]; frames: number[] }

/** Seconds of the main thread by what it does. */
export type TaskParts = Record<
  'TaskDuration' | 'ScriptDuration' | 'LayoutDuration' | 'RecalcStyleDuration',
  number
>

async function readTasks(session: CDPSession): Promise<TaskParts> {
  const { metrics } = await session.send('Performance.getMetrics')
  const read = (part: string) => metrics.find(({ name }) => name === part)?.value ?? 0
  return {
    TaskDuration: read('TaskDuration'),
    ScriptDuration: read('ScriptDuration'),
    LayoutDuration: read('LayoutDuration'),
    RecalcStyleDuration: read('RecalcStyleDuration'),
  }
}

export type PageFigures = {
  frames: number
  /** Frames of 1/60 s in which nothing new could be drawn. */
  dropped: number
  longestFrameMs: number
  framesBeyond50Ms: number
  longTasks: number
  longestTaskMs: number
  tasks: TaskParts
}

/** Watches a page from now on; `setOn(false)` leaves out what the bench itself does to it, such as collecting garbage. */
export async function watchPage(page: Page, session: CDPSession) {
  await session.send('Performance.enable')
  await page.evaluate(watchFrames)
  const before = await readTasks(session)
  return {
    setOn: (isOn: boolean) => page.evaluate(`window.benchSeen.isOn = ${String(isOn)}`),
    /** Long tasks since the watch began or this was last called, ms each; then nothing is kept of them. */
    takeLongTasks: () =>
      page.evaluate(() => {
        const { longTasks, frames } = Reflect.get(window, 'benchSeen') as Seen
        frames.length = 0
        return longTasks.splice(0)
      }),
    async end(): Promise<PageFigures> {
      const after = await readTasks(session)
      const { frames, longTasks } = await page.evaluate(() => Reflect.get(window, 'benchSeen') as Seen)
      return {
        frames: frames.length,
        dropped: frames.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / FRAME_MS) - 1), 0),
        longestFrameMs: frames.reduce((most, ms) => Math.max(most, ms), 0),
        framesBeyond50Ms: frames.filter((ms) => ms > 50).length,
        longTasks: longTasks.length,
        longestTaskMs: Math.max(0, ...longTasks),
        tasks: {
          TaskDuration: after.TaskDuration - before.TaskDuration,
          ScriptDuration: after.ScriptDuration - before.ScriptDuration,
          LayoutDuration: after.LayoutDuration - before.LayoutDuration,
          RecalcStyleDuration: after.RecalcStyleDuration - before.RecalcStyleDuration,
        },
      }
    },
  }
}

/** Counts bytes of messages the page's sockets receive, as they are before any compression, until it is called. */
export async function countSocketBytes(
  session: CDPSession,
): Promise<() => { bytes: number; messages: number }> {
  let bytes = 0
  let messages = 0
  await session.send('Network.enable')
  session.on('Network.webSocketFrameReceived', ({ response }) => {
    bytes += Buffer.byteLength(response.payloadData)
    messages++
  })
  return () => ({ bytes, messages })
}
