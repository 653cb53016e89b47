import { z } from 'zod'
import type { SourceChanges, SourceDevice, SourcePage } from '../fleet-source.ts'
import type { BalenaClient } from './balena-client.ts'
import {
  deviceNames,
  deviceParts,
  devices,
  lastChanges,
  releases,
  type DeviceAnswer,
} from './balena-model.ts'
import { ask, changedAfter, deviceQuery, inOrderOfChange, releaseQuery } from './balena-queries.ts'
import { inParts, MAX_IDS, type Catalogue } from './catalogue.ts'
import { deviceOf } from './device-answer.rules.ts'
import { releaseOf } from './release-answer.rules.ts'

/** Rows in one answer: whole ones, and those that only name what they are of. */
export type PageSizes = { rows: number; names: number }
/** What a transaction wrote that ended late has an older time than what was read meanwhile: so much is asked for again. */
const OVERLAP_MS = 10_000
/** Tags and releases change by hand, so they are asked for more rarely. */
const RARELY_MS = 10_000

/**
 * After which row it goes on. `low`, between two pages: the newest change when the first of them was read. What is written
 * meanwhile may be older than what later pages hold, but not older than that by more than the overlap.
 */
const place = z.object({ at: z.string(), id: z.int(), low: z.string().optional() })
type Place = z.infer<typeof place>
/** `turn`: tells answers apart that end at the same place, of which one may have been lost. */
const position = z.object({ device: place, install: place, tag: place, release: place, turn: z.int() })
type Position = z.infer<typeof position>
type Kind = Exclude<keyof Position, 'turn'>

const resources: Record<Kind, string> = {
  device: 'device',
  install: 'image_install',
  tag: 'device_tag',
  release: 'release',
}

/** Pages of rows in the order of their changes, and where to go on. */
type Changed<T> = { kind: Kind; rows: T[]; next: Place; isMore: boolean; fromMs: number }
type Row = { id: number; modified_at: string }

/**
 * What changed, by the times of changes that the model keeps: the API pushes nothing. Devices, what they have installed, their
 * tags and releases have times of their own.
 */
export class DeviceFeed {
  readonly #client: BalenaClient
  readonly #catalogue: Catalogue
  readonly #nowMs: () => number
  readonly #sizes: PageSizes
  #rarelyAtMs = 0
  #turn = 0
  /** What was handed on within the overlap: `kind/id` to the time of its change. */
  #told: ReadonlyMap<string, string> = new Map()
  /** What is told once somebody asks from this position on: until then it may have been lost on the way. */
  #telling: { position: string; told: ReadonlyMap<string, string> } | null = null

  constructor(client: BalenaClient, catalogue: Catalogue, nowMs: () => number, sizes: PageSizes) {
    this.#client = client
    this.#catalogue = catalogue
    this.#nowMs = nowMs
    this.#sizes = sizes
  }

  async page(after: string | null): Promise<SourcePage<SourceDevice>> {
    const { d } = await this.#client.get(
      devices,
      ask('device', {
        ...deviceQuery,
        ...(after === null ? {} : { filter: { id: { gt: Number(after) } } }),
        orderBy: ['id asc'],
        top: this.#sizes.rows,
      }),
    )
    const last = d.at(-1)
    return {
      items: await this.#inWords(d),
      next: last && d.length === this.#sizes.rows ? String(last.id) : null,
    }
  }

  async byUuids(uuids: readonly string[]): Promise<SourceDevice[]> {
    if (uuids.length === 0) return []
    const [uuid] = uuids
    const filter = uuids.length === 1 ? { uuid } : { uuid: { in: [...uuids] } }
    const { d } = await this.#client.get(devices, ask('device', { ...deviceQuery, filter }))
    return this.#inWords(d)
  }

  async uuids(): Promise<string[]> {
    const found: string[] = []
    let after = 0
    for (;;) {
      const { d } = await this.#client.get(
        deviceNames,
        ask('device', {
          select: ['id', 'uuid'],
          filter: { id: { gt: after } },
          orderBy: ['id asc'],
          top: this.#sizes.names,
        }),
      )
      found.push(...d.map(({ uuid }) => uuid))
      if (d.length < this.#sizes.names) return found
      after = d.at(-1)?.id ?? after
    }
  }

  async changes(since: string | null): Promise<SourceChanges> {
    const held = since === null ? null : readPosition(since)
    if (!held) {
      const next = JSON.stringify(await this.#now())
      return { devices: [], releases: [], position: next, isMore: false, isResync: since !== null }
    }
    if (this.#telling && this.#telling.position === since) this.#told = this.#telling.told
    const isRare = this.#nowMs() - this.#rarelyAtMs >= RARELY_MS
    const [moved, installs, tags, made] = await Promise.all([
      this.#changed('device', held.device, (filter) => this.#moved(filter)),
      this.#changed('install', held.install, (filter) => this.#parts('image_install', filter)),
      isRare ? this.#changed('tag', held.tag, (filter) => this.#parts('device_tag', filter)) : null,
      isRare
        ? this.#changed('release', held.release, (filter) =>
            this.#client.get(
              releases,
              ask('release', { ...releaseQuery, filter, orderBy: inOrderOfChange, top: this.#sizes.rows }),
            ),
          )
        : null,
    ])
    const rows = await this.#whole([
      ...moved.rows.map(({ id }) => id),
      ...[...installs.rows, ...(tags?.rows ?? [])].flatMap(({ device }) => device?.__id ?? []),
    ])
    if (made) for (const row of made.rows) this.#catalogue.keep(row)
    const next: Position = {
      device: moved.next,
      install: installs.next,
      tag: tags?.next ?? held.tag,
      release: made?.next ?? held.release,
      turn: ++this.#turn,
    }
    const found = await this.#inWords(rows)
    const isMore = [moved, installs, tags, made].some((changed) => changed?.isMore === true)
    if (isRare && !isMore) this.#rarelyAtMs = this.#nowMs()
    const text = JSON.stringify(next)
    this.#telling = { position: text, told: this.#toldAfter([moved, installs, tags, made]) }
    return {
      devices: found,
      releases: (made?.rows ?? []).flatMap((row) => {
        const fleetUuid =
          row.belongs_to__application && this.#catalogue.fleetUuid(row.belongs_to__application.__id)
        return (fleetUuid && releaseOf(row, fleetUuid, this.#catalogue.serviceName)) || []
      }),
      position: text,
      isMore,
      isResync: false,
    }
  }

  /** Which devices changed: whole rows are read once it is known which are news. */
  #moved(filter: ReturnType<typeof changedAfter>) {
    return this.#client.get(
      lastChanges,
      ask('device', {
        select: ['id', 'modified_at'],
        filter,
        orderBy: inOrderOfChange,
        top: this.#sizes.names,
      }),
    )
  }

  #parts(resource: string, filter: ReturnType<typeof changedAfter>) {
    return this.#client.get(
      deviceParts,
      ask(resource, {
        select: ['id', 'device', 'modified_at'],
        filter,
        orderBy: inOrderOfChange,
        top: this.#sizes.names,
      }),
    )
  }

  async #changed<T extends Row>(
    kind: Kind,
    after: Place,
    read: (filter: ReturnType<typeof changedAfter>) => Promise<{ d: T[] }>,
  ): Promise<Changed<T>> {
    const { d } = await read(changedAfter(after))
    const top = kind === 'release' ? this.#sizes.rows : this.#sizes.names
    const last = d.at(-1)
    const isMore = d.length === top
    const rows = d.filter((row) => this.#told.get(`${kind}/${row.id}`) !== row.modified_at)
    if (isMore && last) {
      const low = after.low ?? (await this.#newest(kind)) ?? last.modified_at
      return { kind, rows, next: { at: last.modified_at, id: last.id, low }, isMore, fromMs: 0 }
    }
    // At the end of the pages the place goes back, also where the last page was empty; with no id it has gone back already.
    if (!last && after.id === 0) return { kind, rows, next: after, isMore, fromMs: Date.parse(after.at) }
    const end = last?.modified_at ?? after.at
    const next = beforeOverlap(after.low !== undefined && after.low < end ? after.low : end)
    return { kind, rows, next, isMore, fromMs: Date.parse(next.at) }
  }

  /** What was told before, without what is too old to come again, and what is told now. */
  #toldAfter(all: readonly (Changed<Row> | null)[]): ReadonlyMap<string, string> {
    const told = new Map(this.#told)
    for (const changed of all) {
      if (!changed) continue
      for (const row of changed.rows) told.set(`${changed.kind}/${row.id}`, row.modified_at)
      for (const [key, modifiedAt] of told)
        if (key.startsWith(`${changed.kind}/`) && Date.parse(modifiedAt) < changed.fromMs) told.delete(key)
    }
    return told
  }

  /** Where the feed stands: at the newest change of each kind, by the clock of the backend. */
  async #now(): Promise<Position> {
    const newest = async (kind: Kind): Promise<Place> => {
      const at = await this.#newest(kind)
      return at === null ? { at: new Date(0).toISOString(), id: 0 } : beforeOverlap(at)
    }
    const [device, install, tag, release] = await Promise.all([
      newest('device'),
      newest('install'),
      newest('tag'),
      newest('release'),
    ])
    return { device, install, tag, release, turn: ++this.#turn }
  }

  /** When a row of this kind was changed last; null: there is none. */
  async #newest(kind: Kind): Promise<string | null> {
    const { d } = await this.#client.get(
      lastChanges,
      ask(resources[kind], { select: ['id', 'modified_at'], orderBy: ['modified_at desc'], top: 1 }),
    )
    return d[0]?.modified_at ?? null
  }

  async #whole(ids: readonly number[]): Promise<DeviceAnswer[]> {
    const found: DeviceAnswer[] = []
    for (const part of inParts([...new Set(ids)], MAX_IDS)) {
      const { d } = await this.#client.get(
        devices,
        ask('device', { ...deviceQuery, filter: { id: { in: part } } }),
      )
      found.push(...d)
    }
    return found
  }

  async #inWords(rows: readonly DeviceAnswer[]): Promise<SourceDevice[]> {
    await this.#catalogue.learnLinks(rows)
    return rows.flatMap((row) => deviceOf(row, this.#catalogue) ?? [])
  }
}

const beforeOverlap = (instant: string): Place => ({
  at: new Date(Date.parse(instant) - OVERLAP_MS).toISOString(),
  id: 0,
})

function readPosition(text: string): Position | null {
  try {
    const parsed = position.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
