import { compare, Dictionary } from './dictionary.ts'
import { CodeLists, grown } from './code-lists.ts'
import type { FacetPart } from './facet-part.ts'
import { add, Tally } from './fleet-tally.ts'
import type { IndexedDevice } from './indexed-device.ts'
import { NameOrder } from './name-order.ts'
import { TextGrams } from './text-grams.ts'

/** Parts of which a device has one value, and those of which it has several. */
export const singleParts = [
  'health',
  'connectivity',
  'deviceType',
  'release',
  'os',
  'update',
  'pinned',
] as const
export const listParts = ['reason', 'tag'] as const
export type SinglePart = (typeof singleParts)[number]
export type ListPart = (typeof listParts)[number]

/** Orders by a figure; nothing reported sorts as a figure below all others. */
const figures = ['lastSeen', 'cpu', 'temperature', 'memory', 'storage'] as const
type Figure = (typeof figures)[number]

const NO_RELEASE = 0
/** Cannot be in a text that is asked for: a query with it is refused. */
const MARK = '\0'

const ratio = (used: number | null, total: number | null) =>
  used === null || total === null || total === 0 ? -1 : used / total

const figuresOf = (device: IndexedDevice): Record<Figure, number> => ({
  lastSeen: device.lastSeenAtMs ?? 0,
  cpu: device.cpuPercent ?? -1,
  temperature: device.cpuTemperatureC ?? -1000,
  memory: ratio(device.memoryUsedMib, device.memoryTotalMib),
  storage: ratio(device.storageUsedMib, device.storageTotalMib),
})

/** The key of a tag and its value as one text; keys hold no white space, so that it cannot be misread. */
export const tagPair = (key: string, value: string) => `${key}\n${value}`

/** What is searched inside of, and what only from the start. */
const insideText = (device: IndexedDevice) =>
  [device.name, device.macAddress ?? '', ...Object.values(device.tags)].join(MARK)
const startsText = (device: IndexedDevice) =>
  ['', device.uuid, device.ipAddress ?? '', device.cpuId ?? ''].join(MARK)
/** As many letters of what is searched from its start are in the bits. */
const HEAD = 10
const headsOf = (starts: string) =>
  starts
    .split(MARK)
    .map((text) => text.slice(0, HEAD))
    .join(MARK)

/**
 * All devices by columns: arrays of numbers instead of objects, about 600 bytes a device with its texts. A device keeps its
 * slot until it goes; what is read of a slot that is not alive means nothing. Pure: knows no store and no clock.
 */
export class DeviceColumns {
  readonly #slotOf = new Map<number, number>()
  readonly #free: number[] = []
  #slots = 0
  #alive: Int32Array | null = null
  ids = new Float64Array(0)
  fleet = new Int32Array(0)
  readonly fleets = new Dictionary<number>()
  readonly single: Record<SinglePart, Int32Array>
  readonly lists: Record<ListPart, CodeLists>
  readonly figure: Record<Figure, Float64Array>
  readonly #severities = new CodeLists()
  readonly dictionaries = {
    health: new Dictionary<string>(),
    connectivity: new Dictionary<string>(),
    deviceType: new Dictionary<string>(),
    release: new Dictionary<number>(),
    os: new Dictionary<string>(),
    update: new Dictionary<string>(),
    pinned: new Dictionary<string>(),
    reason: new Dictionary<string>(),
    tag: new Dictionary<string>(),
    severity: new Dictionary<string>(),
  }
  readonly names: string[] = []
  readonly #inside: string[] = []
  readonly #starts: string[] = []
  readonly #insideGrams = new TextGrams()
  readonly #headGrams = new TextGrams()
  readonly order: NameOrder
  readonly all = new Tally()
  readonly #tallies = new Map<number, Tally>()

  /** Makes small letters of capitals, as the store does where it compares texts. */
  readonly fold: (text: string) => string

  constructor(fold: (text: string) => string = (text) => text.toLowerCase()) {
    this.fold = fold
    const numbers = <K extends string>(names: readonly K[]) =>
      Object.fromEntries(names.map((name) => [name, new Int32Array(0)])) as Record<K, Int32Array>
    this.single = numbers(singleParts)
    this.lists = { reason: new CodeLists(), tag: new CodeLists() }
    this.figure = Object.fromEntries(figures.map((name) => [name, new Float64Array(0)])) as Record<
      Figure,
      Float64Array
    >
    this.order = new NameOrder(
      (slot) => this.names[slot] ?? '',
      (slot) => this.ids[slot] ?? 0,
    )
  }

  /** The slots of all devices, ascending. */
  aliveSlots(): Int32Array {
    this.#alive ??= Int32Array.from(this.#slotOf.values()).sort()
    return this.#alive
  }

  slotOf(id: number): number | undefined {
    return this.#slotOf.get(id)
  }

  /** Kept counts of a fleet; of one without devices they are all nothing. */
  tallyOf(fleetId: number): Tally {
    return this.#tallies.get(fleetId) ?? new Tally()
  }

  /** One bit a slot: 0 where a folded text is not in the device's texts; null: cannot be told from the bits. */
  textCandidates(text: string): Int32Array | null {
    const inside = this.#insideGrams.candidates(text)
    const starts = this.#headGrams.candidates(MARK + text.slice(0, HEAD))
    return inside && starts && inside.map((bits, word) => bits | (starts[word] ?? 0))
  }

  /** Whether a folded text is in the device's texts. */
  hasText(slot: number, text: string): boolean {
    return this.#inside[slot]?.includes(text) === true || this.#starts[slot]?.includes(MARK + text) === true
  }

  put(device: IndexedDevice): void {
    const known = this.#slotOf.get(device.id)
    const slot = known ?? this.#take(device.id)
    if (known !== undefined) this.#count(slot, -1)
    this.fleet[slot] = this.fleets.codeOf(device.fleetId)
    const { dictionaries, single } = this
    single.health[slot] = dictionaries.health.codeOf(device.health)
    single.connectivity[slot] = dictionaries.connectivity.codeOf(device.connectivity)
    single.deviceType[slot] = dictionaries.deviceType.codeOf(device.deviceType)
    single.release[slot] = dictionaries.release.codeOf(device.releaseId ?? NO_RELEASE)
    single.os[slot] = dictionaries.os.codeOf(device.osVersion ?? '')
    single.update[slot] = dictionaries.update.codeOf(device.updateState)
    single.pinned[slot] = dictionaries.pinned.codeOf(String(device.isPinned))
    const codes = (part: ListPart | 'severity', values: readonly string[]) => [
      ...new Set(values.map((value) => dictionaries[part].codeOf(value))),
    ]
    this.lists.reason.set(
      slot,
      codes(
        'reason',
        device.reasons.map(({ code }) => code),
      ),
    )
    this.#severities.set(
      slot,
      codes(
        'severity',
        device.reasons.map(({ code, severity }) => `${code}/${severity}`),
      ),
    )
    this.lists.tag.set(
      slot,
      codes(
        'tag',
        Object.entries(device.tags).map(([key, value]) => tagPair(key, value)),
      ),
    )
    const own = figuresOf(device)
    for (const name of figures) this.figure[name][slot] = own[name]
    this.#putTexts(slot, device, known === undefined)
    this.#count(slot, 1)
  }

  remove(id: number): void {
    const slot = this.#slotOf.get(id)
    if (slot === undefined) return
    this.#count(slot, -1)
    this.#slotOf.delete(id)
    this.#alive = null
    this.order.remove(slot)
    this.#insideGrams.replace(slot, this.#inside[slot] ?? '', '')
    this.#headGrams.replace(slot, headsOf(this.#starts[slot] ?? ''), '')
    for (const texts of [this.names, this.#inside, this.#starts]) texts[slot] = ''
    for (const lists of [this.lists.reason, this.lists.tag, this.#severities]) lists.set(slot, [])
    this.#free.push(slot)
  }

  #putTexts(slot: number, device: IndexedDevice, isNew: boolean): void {
    const inside = this.fold(insideText(device))
    const starts = this.fold(startsText(device))
    if (inside !== this.#inside[slot]) this.#insideGrams.replace(slot, this.#inside[slot] ?? '', inside)
    if (starts !== this.#starts[slot])
      this.#headGrams.replace(slot, headsOf(this.#starts[slot] ?? ''), headsOf(starts))
    this.#inside[slot] = inside
    this.#starts[slot] = starts
    if (!isNew && this.names[slot] === device.name) return
    this.names[slot] = device.name
    this.order.put(slot)
  }

  #take(id: number): number {
    const slot = this.#free.pop() ?? this.#slots++
    this.#grow(slot + 1)
    this.#slotOf.set(id, slot)
    this.#alive = null
    this.ids[slot] = id
    return slot
  }

  #grow(slots: number): void {
    if (slots <= this.ids.length) return
    this.ids = grown(this.ids, slots)
    const room = this.ids.length
    this.fleet = grown(this.fleet, room)
    for (const part of singleParts) this.single[part] = grown(this.single[part], room)
    for (const name of figures) this.figure[name] = grown(this.figure[name], room)
    for (const lists of [this.lists.reason, this.lists.tag, this.#severities]) lists.grow(room)
    this.#insideGrams.grow(room)
    this.#headGrams.grow(room)
  }

  /** Counts a device in or out, of its fleet and of all. */
  #count(slot: number, by: 1 | -1): void {
    const fleetId = this.fleets.valueOf(this.fleet[slot] ?? 0)
    const own = this.#tallies.get(fleetId) ?? new Tally()
    this.#tallies.set(fleetId, own)
    for (const tally of [own, this.all]) {
      tally.total += by
      for (const part of singleParts) add(tally.parts[part], this.single[part][slot] ?? 0, by)
      for (const part of listParts)
        countList(this.lists[part], slot, (code) => add(tally.parts[part], code, by))
      countList(this.#severities, slot, (code) => add(tally.severities, code, by))
    }
    if (own.total === 0) this.#tallies.delete(fleetId)
    if (by === -1) this.#letGo(slot)
  }

  /** Values that no device has any more give their numbers back: a tag may hold another text every minute. */
  #letGo(slot: number): void {
    const { dictionaries, all } = this
    for (const part of singleParts) {
      const code = this.single[part][slot] ?? 0
      if (!all.parts[part].has(code)) dictionaries[part].letGo(code)
    }
    for (const part of listParts)
      countList(this.lists[part], slot, (code) => {
        if (!all.parts[part].has(code)) dictionaries[part].letGo(code)
      })
    countList(this.#severities, slot, (code) => {
      if (!all.severities.has(code)) dictionaries.severity.letGo(code)
    })
  }

  /** The severity that is told of a reason where devices show it with several: the first by word. */
  severityOf(tally: Tally, code: string): string {
    const found = [...tally.severities.keys()].flatMap((key) => {
      const [own, severity = ''] = this.dictionaries.severity.valueOf(key).split('/')
      return own === code ? [severity] : []
    })
    return found.sort(compare)[0] ?? ''
  }

  /** The value of a facet by its code, as filters and facets write it; null where it stands for nothing reported. */
  facetValue(part: FacetPart, code: number): string | null {
    if (part === 'release') {
      const id = this.dictionaries.release.valueOf(code)
      return id === NO_RELEASE ? 'none' : String(id)
    }
    const value = this.dictionaries[part].valueOf(code)
    if (part === 'tag') return value.replace('\n', ':')
    return part === 'os' && value === '' ? null : value
  }
}

function countList(lists: CodeLists, slot: number, each: (code: number) => void): void {
  for (let index = 0; index < lists.lengthOf(slot); index++) each(lists.at(slot, index))
}
