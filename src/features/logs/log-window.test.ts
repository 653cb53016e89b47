import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aLogLine, aLogPage, logLines } from '@/testing/log-builders'
import { LogWindow } from './log-window'

/** What the window shows: ids, and gaps as `gap:count`. */
function shown(lines: LogWindow): (number | string)[] {
  return Array.from({ length: lines.length }, (_, index) => {
    const entry = lines.at(index)
    return entry?.kind === 'line' ? entry.line.id : `gap:${entry?.count ?? '?'}`
  })
}
const opened = (from: number, to: number, capacity = 100) => {
  const lines = new LogWindow(capacity, 20)
  lines.reset(aLogPage(logLines(from, to), { hasOlder: from > 1, olderFrom: from > 1 ? from : null }), true)
  return lines
}

describe('stored and live lines', () => {
  test('live lines follow on the stored ones, and what is held already is not shown twice', () => {
    const lines = opened(1, 5)
    lines.receive(logLines(4, 8), 0)
    lines.receive(logLines(7, 9), 0)
    expect(shown(lines)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(lines.seenTo).toBe(9)
  })
  test('a line beyond the page that was stored before it was read is not live', () => {
    const lines = new LogWindow()
    lines.reset(aLogPage(logLines(1, 2), { cursor: 10 }), true)
    lines.receive(logLines(3, 12), 0)
    expect(shown(lines)).toEqual([1, 2, 11, 12])
  })
  test('an empty log begins with the first live line', () => {
    const lines = new LogWindow()
    lines.reset(aLogPage([]), true)
    expect(lines.seenTo).toBe(0)
    lines.receive(logLines(1, 1), 0)
    expect(shown(lines)).toEqual([1])
  })
  test('older pages go in front', () => {
    const lines = opened(50, 52)
    expect(lines.olderFrom).toBe(50)
    lines.prepend(aLogPage(logLines(48, 50)))
    expect(shown(lines)).toEqual([48, 49, 50, 51, 52])
    expect(lines.hasOlder).toBe(false)
  })
  test('a search that stopped early goes on where it stopped', () => {
    const lines = new LogWindow()
    lines.reset(aLogPage([], { hasOlder: true, isTruncated: true, olderFrom: 700, cursor: 900 }), true)
    expect(lines.olderFrom).toBe(700)
    lines.prepend(aLogPage([], { hasOlder: true, isTruncated: true, olderFrom: 500 }))
    expect(lines.olderFrom).toBe(500)
  })
})

describe('a full window', () => {
  test('while following, the oldest lines make room and can be fetched again', () => {
    const lines = opened(1, 10, 10)
    expect(lines.hasOlder).toBe(false)
    lines.receive(logLines(11, 13), 0)
    expect(shown(lines)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    expect(lines.hasOlder).toBe(true)
    expect(lines.olderFrom).toBe(4)
  })
  test('while somebody reads, nothing held goes; what does not fit is counted and loaded later', () => {
    const lines = opened(1, 8, 10)
    lines.setFollowing(false)
    lines.receive(logLines(9, 15), 0)
    expect(shown(lines)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(lines.hasNewer).toBe(true)
    expect(lines.sinceCount).toBe(7)
    expect(lines.newerFrom).toBe(10)
    lines.extend(aLogPage(logLines(11, 14), { cursor: 14 }))
    expect(shown(lines).slice(-5)).toEqual([11, 12, 13, 14, 15])
    expect(lines.hasNewer).toBe(false)
  })
  test('when more arrived than is kept aside, the window stays detached instead of showing a hole', () => {
    const lines = opened(1, 10, 10)
    lines.setFollowing(false)
    lines.receive(logLines(11, 60), 0)
    lines.extend(aLogPage(logLines(11, 20), { cursor: 20 }))
    expect(lines.hasNewer).toBe(true)
    lines.extend(aLogPage(logLines(21, 60), { cursor: 60 }))
    expect(lines.hasNewer).toBe(false)
    expect(shown(lines).at(-1)).toBe(60)
  })
  test('scrolling far up lets the newest go and stops following', () => {
    const lines = opened(20, 28, 10)
    lines.prepend(aLogPage(logLines(10, 19), { hasOlder: true, olderFrom: 10 }))
    expect(shown(lines)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    expect(lines.hasNewer).toBe(true)
    expect(lines.isFollowing).toBe(false)
    expect(lines.newerFrom).toBe(19)
  })
})

describe('following and pausing', () => {
  test('counts what came since the pause, dropped lines too', () => {
    const lines = opened(1, 5)
    lines.receive(logLines(6, 6), 0)
    expect(lines.sinceCount).toBe(0)
    lines.setFollowing(false)
    lines.receive(logLines(7, 9), 4)
    expect(lines.sinceCount).toBe(7)
    lines.setFollowing(true)
    expect(lines.sinceCount).toBe(0)
  })
  test('a detached window cannot follow', () => {
    const lines = opened(1, 5)
    lines.reset(aLogPage(logLines(1, 3), { hasNewer: true, cursor: 90 }), false)
    lines.setFollowing(true)
    expect(lines.isFollowing).toBe(false)
  })
})

describe('lines that are missing', () => {
  test('a marker says how many were dropped, and markers in a row add up', () => {
    const lines = opened(1, 2)
    lines.receive([], 3)
    lines.receive(logLines(10, 11), 4)
    expect(shown(lines)).toEqual([1, 2, 'gap:7', 10, 11])
    expect(lines.lineCount).toBe(4)
  })
  test('after an interruption the newest page joins on without a marker when it reaches back far enough', () => {
    const lines = opened(1, 5)
    lines.interrupt()
    lines.receive(logLines(12, 13), 0)
    expect(shown(lines)).toEqual([1, 2, 3, 4, 5])
    lines.resync(aLogPage(logLines(4, 11), { hasOlder: true }))
    expect(shown(lines)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    expect(lines.isFollowing).toBe(true)
  })
  test('else a marker stands where they are missing', () => {
    const lines = opened(1, 5)
    lines.interrupt()
    lines.resync(aLogPage(logLines(40, 41), { hasOlder: true }))
    lines.receive(logLines(42, 42), 0)
    expect(shown(lines)).toEqual([1, 2, 3, 4, 5, 'gap:?', 40, 41, 42])
  })
})

test('whatever arrives in whatever order, lines stand in order, once, and no more than fit', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('live' as const),
      count: fc.nat(15),
      overlap: fc.nat(5),
      dropped: fc.nat(3),
    }),
    fc.record({ kind: fc.constant('older' as const), count: fc.nat(15) }),
    fc.record({ kind: fc.constant('newer' as const), count: fc.nat(40) }),
    fc.record({ kind: fc.constant('follow' as const), on: fc.boolean() }),
    fc.record({ kind: fc.constant('interrupt' as const) }),
    fc.record({ kind: fc.constant('resync' as const), count: fc.nat(30) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const lines = new LogWindow(30, 10)
      let stored = 110
      lines.reset(aLogPage(logLines(101, 110), { hasOlder: true, olderFrom: 101 }), true)
      for (const one of steps) {
        if (one.kind === 'live') {
          lines.receive(logLines(stored + 1 - one.overlap, stored + one.count), one.dropped)
          stored += one.count
        } else if (one.kind === 'older') {
          const before = lines.olderFrom ?? 1
          const from = Math.max(1, before - one.count)
          lines.prepend(aLogPage(logLines(from, before - 1), { hasOlder: from > 1, cursor: stored }))
        } else if (one.kind === 'newer' && lines.hasNewer) {
          const after = lines.newerFrom ?? 0
          const to = Math.min(stored, after + one.count)
          lines.extend(aLogPage(logLines(after + 1, to), { hasNewer: to < stored, cursor: stored }))
        } else if (one.kind === 'follow') lines.setFollowing(one.on)
        else if (one.kind === 'interrupt') lines.interrupt()
        else if (one.kind === 'resync')
          lines.resync(aLogPage(logLines(stored - one.count, stored), { hasOlder: true, cursor: stored }))
        const ids = shown(lines).filter((entry) => typeof entry === 'number')
        expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
        expect(lines.length).toBeLessThanOrEqual(30)
        expect(lines.lineCount).toBe(ids.length)
        // Without a marker between them, neighbours follow on each other.
        for (let index = 1; index < lines.length; index++) {
          const [before, here] = [lines.at(index - 1), lines.at(index)]
          if (before?.kind === 'line' && here?.kind === 'line') expect(here.line.id).toBe(before.line.id + 1)
        }
        if (lines.isFollowing && !lines.hasNewer && lines.length > 0) expect(lines.seenTo).toBe(stored)
      }
    }),
  )
})

test('remembers which services and devices it has seen', () => {
  const lines = opened(1, 1)
  lines.receive(
    [aLogLine({ id: 2, service: 'web', deviceUuid: 'b'.repeat(32), deviceName: 'calm-heron' })],
    0,
  )
  expect([...lines.services]).toEqual(['main', 'web'])
  expect(lines.devices.get('b'.repeat(32))).toBe('calm-heron')
})
