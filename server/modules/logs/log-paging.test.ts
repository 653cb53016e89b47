import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { logSelector, type LogPage } from '#contract/log'
import type { Database } from '../../platform/db/database.ts'
import { emptyDatabase, describeOnStores } from '../../testing/databases.ts'
import { seedDevice, seedFleet, type SeededDevice } from '../../testing/fleet-seed.ts'
import { seedLogLines } from '../../testing/log-lines.ts'
import { compileSelector } from './log-selector.ts'
import { searchLogs } from './logs.store.ts'

/** A budget that is spent at once: a search then ends after one piece of work. */
/** Over all fleets. */
const selectorOf = (asked: object) => ({ ...logSelector.parse(asked), within: 'all' as const })

const spent = { isSpent: () => true }
const base = Date.UTC(2026, 0, 1, 12)

describeOnStores('paging through stored lines', ({ open }) => {
  let database: Database
  let devices: SeededDevice[]
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await emptyDatabase(database)
    const fleet = await seedFleet(database.db)
    devices = [await seedDevice(database.db, fleet), await seedDevice(database.db, fleet)]
  })
  const deviceAt = (index: number) => {
    const device = devices[index]
    if (!device) throw new Error('no such device')
    return device
  }

  test.each([
    ['stalled', ['Valve STALLED', 'valve stalled at 4 µm', 'Ventil stałled']],
    ['100%_x\\', ['is at 100%_X\\ now', 'is at 1000_x', 'is at 100%__x']],
    ['ÜBER', ['über der Grenze', 'ÜBER DER GRENZE', 'uber']],
    ['ветер', ['ВЕТЕР 12', 'Ветер', 'veter']],
  ])('a search for %s finds it in upper and lower case, as the live stream does', async (text, messages) => {
    await seedLogLines(
      database.db,
      deviceAt(0),
      messages.map((message) => ({ message })),
    )
    const selector = selectorOf({ text })
    const { lines } = await searchLogs(database.db, selector, { limit: 10 })
    const all = await searchLogs(database.db, selectorOf({}), { limit: 10 })
    const isMeant = compileSelector(selector)
    expect(lines.map((line) => line.message)).toEqual(
      all.lines.filter((line) => isMeant(line, undefined)).map((line) => line.message),
    )
    expect(lines.length).toBeLessThan(messages.length)
    expect(lines.length).toBeGreaterThan(0)
  })

  test('no line is lost or doubled between pages in either direction while lines arrive', async () => {
    const line = fc.record({ device: fc.nat(1), isMatch: fc.boolean() })
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.constantFrom('text', 'regex', 'fields', 'device', 'all'),
        fc.boolean(),
        async (made, limit, isSpent, kind, isOlder) => {
          const mark = `round${round++}`
          const store = async (some: typeof made) => {
            const ids: number[] = []
            for (const one of some) {
              const message = one.isMatch ? `{"k":"${mark}","a":1}` : `other ${mark}x`
              const [id] = await seedLogLines(database.db, deviceAt(one.device), [
                { message, service_name: mark },
              ])
              if (id !== undefined && isMeant(one)) ids.push(id)
            }
            return ids
          }
          const isMeant = (one: (typeof made)[number]) =>
            kind === 'all' ? true : kind === 'device' ? one.device === 0 : one.isMatch
          const filters = {
            text: { text: '"a":1' },
            regex: { regex: `"${mark}".*1` },
            fields: { fields: `k=${mark}` },
            device: { device: deviceAt(0).uuid },
            all: {},
          }
          const selector = selectorOf({ service: mark, ...filters[kind] })
          const expected = await store(made)
          const first = expected[0] ?? 0
          const seen: number[] = []
          let edge: number | null = isOlder ? null : first - 1
          do {
            const place: { before?: number; after?: number } =
              edge === null ? {} : isOlder ? { before: edge } : { after: edge }
            const page: LogPage = await searchLogs(database.db, selector, {
              ...place,
              limit,
              ...(isSpent ? { budget: spent } : {}),
            })
            const ids = page.lines.map((one) => one.id)
            expect(ids.length).toBeLessThanOrEqual(limit)
            if (isOlder) seen.unshift(...ids)
            else seen.push(...ids)
            // Lines that arrive meanwhile are newer than what an older page may hold.
            const arrived = await store(seen.length < 20 ? [{ device: 0, isMatch: true }] : [])
            if (!isOlder) expected.push(...arrived)
            edge = isOlder ? page.olderFrom : page.newerFrom
          } while (edge !== null)
          // The last page forwards may have been read before the last line arrived.
          const rest = isOlder ? [] : expected.slice(seen.length)
          expect(rest.length).toBeLessThanOrEqual(1)
          expect([...seen, ...rest]).toEqual(expected)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('a search out of time says how far it came and goes on from there', async () => {
    const lines = Array.from({ length: 9_000 }, (_, index) => ({ message: index === 3 ? 'needle' : 'hay' }))
    const ids = await seedLogLines(database.db, deviceAt(0), lines)
    const selector = selectorOf({ text: 'NEEDLE' })
    const page = await searchLogs(database.db, selector, { limit: 10, budget: spent })
    expect(page).toMatchObject({ lines: [], isTruncated: true, hasOlder: true, searchedTo: null })
    const index = ids.indexOf(page.olderFrom ?? 0)
    expect(index).toBeGreaterThan(3)
    expect(page.searchedFrom).toBe(new Date(base + index * 1000).toISOString())
    let next = page
    let turns = 0
    while (next.lines.length === 0 && next.olderFrom !== null && turns++ < 20)
      next = await searchLogs(database.db, selector, { limit: 10, before: next.olderFrom, budget: spent })
    expect(next.lines.map((line) => line.message)).toEqual(['needle'])
  })

  test('a range holds both its ends, also where ids and times are not in the same order', async () => {
    const times = [0, 1, 2, 3, 10, 4, 5, 6, 2, 7, 8, 9]
    const ids = await seedLogLines(
      database.db,
      deviceAt(0),
      times.map((second) => ({ received_at: new Date(base + second * 1000), message: String(second) })),
    )
    for (const [low, high] of [
      [2, 5],
      [0, 10],
      [9, 9],
      [11, 20],
    ] as const) {
      const page = await searchLogs(database.db, selectorOf({}), {
        from: new Date(base + low * 1000),
        to: new Date(base + high * 1000),
        limit: 50,
      })
      const expected = ids.filter((_, index) => (times[index] ?? -1) >= low && (times[index] ?? -1) <= high)
      expect(page.lines.map((line) => line.id)).toEqual(expected)
      expect(page).toMatchObject({ hasOlder: false, hasNewer: false, isTruncated: false })
    }
  })

  test('a device that is silent for long is reached without reading what others said since', async () => {
    const [own] = await seedLogLines(database.db, deviceAt(1), [{}])
    await seedLogLines(
      database.db,
      deviceAt(0),
      Array.from({ length: 9_000 }, () => ({})),
    )
    const selector = selectorOf({ device: deviceAt(1).uuid, text: 'line' })
    const first = await searchLogs(database.db, selector, { limit: 5, budget: spent })
    const second = await searchLogs(database.db, selector, {
      limit: 5,
      budget: spent,
      before: first.olderFrom ?? 1,
    })
    expect([...first.lines, ...second.lines].map((line) => line.id)).toEqual([own])
  })
})
