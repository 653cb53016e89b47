import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BalenaTables } from '../../testing/balena-tables.ts'
import type { SourceChanges } from '../fleet-source.ts'
import { balenaSource } from './balena-source.ts'

const START_MS = Date.parse('2026-01-15T12:00:00Z')
/** Older than what is asked for again. */
const LONG_MS = 60_000

/** Reads what changes, page after page, as whoever mirrors it. */
class Reader {
  nowMs = START_MS
  readonly tables = new BalenaTables()
  readonly told: string[] = []
  position: string | null = null
  readonly #source
  readonly #written = new Set<string>()

  constructor(pageSize: number) {
    this.#source = balenaSource({
      url: new URL('https://api.example.com'),
      token: 'token',
      fetch: this.tables.fetch,
      signal: new AbortController().signal,
      perMinute: 1_000_000,
      nowMs: () => this.nowMs,
      wait: () => Promise.resolve(),
      random: () => 1,
      pageSize,
    })
  }

  ask = (position = this.position): Promise<SourceChanges> => this.#source.changes(position)

  /** From now on. */
  async begin(): Promise<void> {
    this.position = (await this.ask(null)).position
    this.nowMs += LONG_MS
  }

  /** Everything there is, or only the first page of it. */
  async read(pages = 1_000): Promise<void> {
    for (let page = 0; page < pages; page++) {
      const changes = await this.ask()
      expect(changes.isResync).toBe(false)
      this.told.push(
        ...changes.devices.map(({ name }) => name),
        ...changes.releases.map(({ semver }) => semver),
      )
      this.position = changes.position
      if (!changes.isMore) return
    }
    expect(pages).toBeLessThan(1_000)
  }

  /** Between two changes of one row some time passes, as it does where one waits for the other. */
  rename(id: number, name: string, atMs = this.nowMs): void {
    while (this.#written.has(`${id}/${atMs}`)) atMs += 1
    this.#written.add(`${id}/${atMs}`)
    this.tables.write('device', { id, name }, atMs)
  }
}

async function readerOf(pageSize: number): Promise<Reader> {
  const reader = new Reader(pageSize)
  reader.rename(1, 'first')
  await reader.begin()
  // What it began at may be told once more.
  await reader.read()
  reader.told.length = 0
  return reader
}

describe('the feed of a balena backend', () => {
  test('tells all that changed in the same moment, page after page, each once', async () => {
    const reader = await readerOf(3)
    const names = Array.from({ length: 10 }, (_value, index) => `device ${index}`)
    for (const [index, name] of names.entries()) reader.rename(index + 2, name)
    await reader.read()
    await reader.read()
    expect(reader.told).toEqual(names)
  })

  test('tells again what was told in an answer that was lost', async () => {
    const reader = await readerOf(2)
    for (const id of [2, 3, 4]) reader.rename(id, `device ${id}`)
    const lost = await reader.ask()
    expect(lost.devices.map(({ name }) => name)).toContain('device 2')
    expect(lost.isMore).toBe(true)
    await reader.read()
    expect(reader.told).toEqual(['device 2', 'device 3', 'device 4'])
  })

  test('loses nothing, whatever is written late or asked again; with no answer lost nothing is told twice', async () => {
    const write = fc.record({
      kind: fc.constant('write' as const),
      id: fc.integer({ min: 1, max: 6 }),
      lateMs: fc.integer({ min: 0, max: 9_000 }),
    })
    const deed = fc.oneof(
      { weight: 5, arbitrary: write },
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
      fc.record({ kind: fc.constant('read' as const), pages: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('lose' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(deed, { maxLength: 40 }),
        async (pageSize, deeds) => {
          const reader = await readerOf(pageSize)
          for (const [index, one] of deeds.entries()) {
            if (one.kind === 'write') reader.rename(one.id, `name ${index}`, reader.nowMs - one.lateMs)
            else if (one.kind === 'pass') reader.nowMs += one.ms
            else if (one.kind === 'read') await reader.read(one.pages)
            else await reader.ask()
          }
          await reader.read()
          await reader.read()
          const written = deeds.flatMap((one) => (one.kind === 'write' ? [one.id] : []))
          for (const id of written) expect(reader.told).toContain(reader.tables.nameOf(id))
          if (!deeds.some(({ kind }) => kind === 'lose'))
            expect(new Set(reader.told).size).toBe(reader.told.length)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a device is told for what it has installed, and for its tags, which are asked for more rarely, like releases', async () => {
    const reader = await readerOf(100)
    reader.nowMs += LONG_MS
    await reader.read()
    reader.nowMs += 2_000
    reader.tables.write('image_install', { id: 1, of: 1 }, reader.nowMs)
    reader.tables.write('device_tag', { id: 1, of: 1 }, reader.nowMs)
    reader.tables.write('release', { id: 9, name: '9.0.0' }, reader.nowMs)
    await reader.read()
    expect(reader.told).toEqual(['first'])
    reader.nowMs += 10_000
    await reader.read()
    expect(reader.told).toEqual(['first', 'first', '9.0.0'])
  })

  test('reads the rows of devices only where something changed', async () => {
    const reader = await readerOf(100)
    await reader.read()
    reader.tables.asked.length = 0
    await reader.read()
    expect(reader.tables.asked.map((url) => /\/v7\/(\w+)/.exec(url)?.[1])).toEqual([
      'device',
      'image_install',
    ])
  })

  test.each(['', 'yesterday', '{}', '{"device":1}'])(
    'a position that it cannot read (%s) is one to begin anew from',
    async (position) => {
      const reader = await readerOf(100)
      const changes = await reader.ask(position)
      expect(changes).toMatchObject({ devices: [], releases: [], isMore: false, isResync: true })
      reader.position = changes.position
      reader.nowMs += LONG_MS
      reader.rename(2, 'new')
      await reader.read()
      expect(reader.told).toContain('new')
    },
  )
})
