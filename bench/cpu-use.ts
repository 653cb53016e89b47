/** Who uses the processor: CPU time of processes from /proc, and of a page's functions from its profiler. */
import type { CDPSession, Page } from '@playwright/test'
import { readdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock (USER_HZ). */
const TICKS_PER_SECOND = 100

/** `endedSeconds`: of children that ended, and of theirs. */
type Stat = { pid: number; parent: number; seconds: number; endedSeconds: number }

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    // The name in brackets may hold anything; what follows the last bracket is fixed.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [own, system, ended, endedSystem] = fields.slice(11, 15).map(Number)
    return {
      pid,
      parent: Number(fields[1]),
      seconds: ((own ?? 0) + (system ?? 0)) / TICKS_PER_SECOND,
      endedSeconds: ((ended ?? 0) + (endedSystem ?? 0)) / TICKS_PER_SECOND,
    }
  } catch {
    return null
  }
}

/** CPU seconds used so far by a process and, with `withChildren`, by all that it started. 0 where there is no /proc. */
function secondsOf(root: number, withChildren: boolean): number {
  const own = readStat(root)
  if (!own) return 0
  if (!withChildren) return own.seconds
  const all = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : [],
  )
  const meant = new Set([root])
  let sum = own.seconds + own.endedSeconds
  for (let grew = true; grew;) {
    grew = false
    for (const { pid, parent, seconds, endedSeconds } of all) {
      if (meant.has(pid) || !meant.has(parent)) continue
      meant.add(pid)
      sum += seconds + endedSeconds
      grew = true
    }
  }
  return sum
}

export type Watched = { name: string; pid: number; withChildren?: boolean }

/** Answers, when called, which share of one core each process has used since. */
export function watchProcesses(processes: readonly Watched[]): () => { name: string; cores: number }[] {
  const startMs = performance.now()
  const before = processes.map(({ pid, withChildren = false }) => secondsOf(pid, withChildren))
  return () => {
    const tookSeconds = (performance.now() - startMs) / 1000
    return processes.map(({ name, pid, withChildren = false }, index) => ({
      name,
      cores: (secondsOf(pid, withChildren) - (before[index] ?? 0)) / tookSeconds,
    }))
  }
}

/** Resident memory of a process in MB. 0 where there is no /proc. */
export function residentMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000
  } catch {
    return 0
  }
}

/** The machine's load over the last minute: figures of a loaded machine say little. */
export const load = () => (loadavg()[0] ?? 0).toFixed(1)

/** Heap of a page after its garbage is collected, in MB. */
export async function heapMb(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1e6
}

/** Profiles a page until called; answers its functions by their own time, the dearest first. */
export async function profilePage(page: Page): Promise<() => Promise<{ name: string; seconds: number }[]>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Profiler.enable')
  await session.send('Profiler.setSamplingInterval', { interval: 500 })
  await session.send('Profiler.start')
  return async () => {
    const { profile } = await session.send('Profiler.stop')
    await session.detach()
    const nameOf = new Map(
      profile.nodes.map(({ id, callFrame }) => {
        const file = callFrame.url.replace(/^.*\//, '')
        const place =
          file === ''
            ? ''
            : ` ${file}:${String(callFrame.lineNumber + 1)}:${String(callFrame.columnNumber + 1)}`
        return [id, `${callFrame.functionName || '(anonymous)'}${place}`]
      }),
    )
    const own = new Map<string, number>()
    for (const [index, node] of (profile.samples ?? []).entries()) {
      const name = nameOf.get(node) ?? ''
      own.set(name, (own.get(name) ?? 0) + (profile.timeDeltas?.[index + 1] ?? 0) / 1e6)
    }
    return [...own].map(([name, seconds]) => ({ name, seconds })).sort((a, b) => b.seconds - a.seconds)
  }
}
