import { deviceAnswer, releaseAnswer } from './balena-answers.ts'

/** `of`: the device that it belongs to. */
type Row = { id: number; modified_at: string; of?: number; name?: string }
type Table = 'device' | 'image_install' | 'device_tag' | 'release'

/** As much of a balena backend as a feed of changes asks for: tables whose rows have times of their changes. */
export class BalenaTables {
  readonly asked: string[] = []
  readonly #tables: Record<Table, Map<number, Row>> = {
    device: new Map(),
    image_install: new Map(),
    device_tag: new Map(),
    release: new Map(),
  }

  /** Writes a row as a transaction does that began at this time. */
  write(table: Table, row: Omit<Row, 'modified_at'>, atMs: number): void {
    this.#tables[table].set(row.id, { ...row, modified_at: new Date(atMs).toISOString() })
  }
  nameOf = (id: number) => this.#tables.device.get(id)?.name

  fetch: typeof globalThis.fetch = (input) => {
    const asked = decodeURI(input instanceof Request ? input.url : String(input))
    this.asked.push(asked)
    const [, resource = '', query = ''] = /\/v7\/(\w+)\?(.*)$/.exec(asked) ?? []
    return Promise.resolve(Response.json({ d: this.#answer(resource, query) }))
  }

  #answer(resource: string, query: string): unknown[] {
    switch (resource) {
      case 'application':
        return [fleet]
      case 'device_type':
        return [deviceType]
      case 'device':
      case 'image_install':
      case 'device_tag':
      case 'release':
        return this.#select(resource, query)
      default:
        throw new Error(`nobody asks for ${resource}`)
    }
  }

  #select(table: Table, query: string): unknown[] {
    const rows = [...this.#tables[table].values()].sort(
      (a, b) => a.modified_at.localeCompare(b.modified_at) || a.id - b.id,
    )
    const top = Number(/\$top=(\d+)/.exec(query)?.[1] ?? rows.length)
    const ids = /\bid in \(([\d,]+)\)/.exec(query)?.[1]?.split(',').map(Number)
    const since = /modified_at gt datetime'([^']+)'/.exec(query)?.[1]
    const afterId = Number(/\bid gt (\d+)/.exec(query)?.[1] ?? 0)
    const found = rows.filter((row) => {
      if (ids) return ids.includes(row.id)
      if (since === undefined) return row.id > afterId
      return row.modified_at > since || (row.modified_at === since && row.id > afterId)
    })
    if (query.includes('$orderby=modified_at desc')) found.reverse()
    return found.slice(0, top).map((row) => this.#whole(table, row))
  }

  #whole(table: Table, row: Row): unknown {
    const { id, modified_at, of, name } = row
    if (table === 'release')
      return releaseAnswer({ id, modified_at, commit: `c${id}`, raw_version: name ?? '', release_image: [] })
    if (table === 'device')
      return deviceAnswer({
        id,
        modified_at,
        uuid: `d${id}`,
        device_name: name ?? '',
        is_running__release: null,
        should_be_running__release: null,
      })
    return { id, modified_at, device: of === undefined ? null : { __id: of } }
  }
}

const deviceType = {
  id: 5,
  slug: 'raspberrypi4-64',
  name: 'Raspberry Pi 4',
  is_of__cpu_architecture: [{ slug: 'aarch64' }],
}
const fleet = {
  id: 1,
  uuid: 'f1',
  app_name: 'Pumps',
  is_for__device_type: { __id: deviceType.id },
  should_track_latest_release: false,
  should_be_running__release: null,
  service: [{ id: 7, service_name: 'main' }],
}
