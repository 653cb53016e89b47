import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectivities,
  deviceSorts,
  updateStates,
  type DeviceFilter,
  type DeviceRow,
} from '#contract/device'
import { healthStates } from '#contract/health'
import type { ReleaseDetail } from '#contract/release'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene } from '../../testing/scene.ts'

type Query = Partial<DeviceFilter>
const COUNT = 60
const names = ['=SUM(A1)', 'pump, north', 'pump "2"', '100%_done', 'lucid-fern', 'ÄÖ ü', 'pump']

describeOnStores('the list of devices', ({ open }) => {
  let database: Database
  let scene: Scene
  let fleetIds: number[] = []
  let releases: ReleaseDetail[] = []
  let all: DeviceRow[] = []
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
    const fleets = [await scene.fleet(), await scene.fleet('intel-nuc')]
    fleetIds = fleets.map((fleet) => fleet.id)
    const [first = 0] = fleetIds
    releases = [await scene.release(first, '1.0.0'), await scene.release(first, '1.1.0', { isDraft: true })]
    // Few values and many gaps, so that every order has ties and nothings.
    const rows = Array.from({ length: COUNT }, (_, index) => {
      const pick = <T>(values: readonly T[], step: number): T | undefined =>
        values[Math.floor(index / step) % values.length]
      const health = pick(healthStates, 2) ?? 'ok'
      const code = pick(['offline', 'cpu-temperature', 'service-crash-loop'], 3)
      return {
        uuid: (index * 7919).toString(16).padStart(8, '0').repeat(4),
        fleet_id: pick(fleetIds, 5) ?? first,
        device_type: pick(['raspberrypi4-64', 'raspberrypi5', 'intel-nuc'], 4) ?? '',
        name: pick(names, 1) ?? '',
        key_hash: `key ${index}`,
        connectivity: pick(connectivities, 3) ?? 'never',
        last_seen_at: index % 4 === 0 ? null : new Date(Date.UTC(2026, 0, 1 + (index % 5), 0, 0, 0, index)),
        health,
        health_rank: healthStates.indexOf(health),
        health_reasons: JSON.stringify(
          health === 'ok'
            ? []
            : ['main', 'side'].map((service) => ({
                code,
                layer: 'service',
                service,
                severity: 'attention',
                since: '2026-01-01T00:00:00.000Z',
                evidence: `${service} is unwell`,
              })),
        ),
        pinned_release_id: index % 6 === 0 ? (releases[0]?.id ?? null) : null,
        current_release_id: pick([releases[0]?.id ?? null, releases[1]?.id ?? null, null], 2) ?? null,
        update_state: pick(updateStates, 2) ?? 'idle',
        os_version: pick(['6.5.3', '6.4.0', null], 3) ?? null,
        ip_address: index % 3 === 0 ? null : `10.0.${index % 4}.${index}`,
        cpu_percent: pick([null, 5, 50], 2) ?? null,
        cpu_temperature_c: pick([null, -5, 71], 3) ?? null,
        memory_used_mib: pick([null, 100, 200], 4) ?? null,
        memory_total_mib: pick([null, 0, 400], 5) ?? null,
        storage_used_mib: pick([10, 20], 3) ?? null,
        storage_total_mib: pick([null, 30], 4) ?? null,
        tags: JSON.stringify(
          index % 2 === 0 ? {} : { site: pick(['north', 'south 50%'], 3), row: String(index % 5) },
        ),
      }
    })
    await database.db.insertInto('device').values(rows).execute()
    all = await pageThrough({}, 'name', 'asc', 200)
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })

  async function pageThrough(
    query: Query,
    sort: (typeof deviceSorts)[number],
    direction: 'asc' | 'desc',
    limit: number,
  ): Promise<DeviceRow[]> {
    const rows: DeviceRow[] = []
    let after: string | undefined
    do {
      const page = await scene.admin.ok('listDevices', { query: { ...query, sort, direction, limit, after } })
      rows.push(...page.rows)
      after = page.next ?? undefined
    } while (after !== undefined)
    return rows
  }

  const ratio = (used: number | null, total: number | null) =>
    used === null || total === null || total === 0 ? -1 : used / total
  const keys: Record<(typeof deviceSorts)[number], (row: DeviceRow) => number | string> = {
    trouble: (row) => healthStates.indexOf(row.health),
    name: () => 0,
    lastSeen: (row) => (row.lastSeenAt === null ? 0 : Date.parse(row.lastSeenAt)),
    release: (row) => row.currentRelease?.id ?? 0,
    os: (row) => row.osVersion ?? '',
    type: (row) => row.deviceType,
    cpu: (row) => row.cpuPercent ?? -1,
    temperature: (row) => row.cpuTemperatureC ?? -1000,
    memory: (row) => ratio(row.memoryUsedMib, row.memoryTotalMib),
    storage: (row) => ratio(row.storageUsedMib, row.storageTotalMib),
  }

  describe.each(deviceSorts)('ordered by %s', (sort) => {
    test.each(['asc', 'desc'] as const)(
      '%s, pages hold every device exactly once, in order',
      async (direction) => {
        const rows = await pageThrough({}, sort, direction, 7)
        expect(rows.map((row) => row.uuid).sort()).toEqual(all.map((row) => row.uuid).sort())
        const sorted = rows.map(keys[sort])
        const sign = direction === 'asc' ? 1 : -1
        sorted.slice(1).forEach((key, index) => {
          const before = sorted[index] ?? key
          expect(key === before ? 0 : key > before ? 1 : -1).not.toBe(-sign)
        })
        // Ties stand in the order of names, whatever the size of a page.
        expect(rows).toEqual(await pageThrough({}, sort, direction, 200))
      },
    )
  })

  test('any place of a list can be asked for, and shows what paging there shows', async () => {
    for (const sort of ['name', 'trouble', 'memory'] as const) {
      const all = await pageThrough({}, sort, 'desc', 200)
      for (const offset of [0, 1, 7, all.length - 1, all.length, all.length + 5]) {
        const page = await scene.admin.ok('listDevices', {
          query: { sort, direction: 'desc', offset, limit: 5 },
        })
        expect(page.rows).toEqual(all.slice(offset, offset + 5))
        expect(page.total).toBe(all.length)
      }
    }
  })

  test('a place beside a cursor, or one before the first row, is refused with its field', async () => {
    const { next } = await scene.admin.ok('listDevices', { query: { limit: 5 } })
    for (const query of [{ after: next ?? '', offset: 5 }, { offset: -1 }, { offset: 1.5 }]) {
      const refusal = await scene.admin.refused('listDevices', 400, { query })
      expect(refusal.errors?.[0]?.field).toBe('query.offset')
    }
  })

  test('a cursor of another order, or none at all, is refused with its field', async () => {
    const page = await scene.admin.ok('listDevices', { query: { sort: 'name', limit: 5 } })
    for (const query of [
      { sort: 'cpu' as const, after: page.next ?? '' },
      { sort: 'name' as const, direction: 'desc' as const, after: page.next ?? '' },
      { after: 'nonsense' },
      { after: Buffer.from('{"id":1}').toString('base64url') },
    ]) {
      const refusal = await scene.admin.refused('listDevices', 400, { query })
      expect(refusal.errors?.[0]?.field).toBe('query.after')
    }
  })

  const release = (index: number) => String(releases[index]?.id)
  const has = (row: DeviceRow, code: string) => row.reasons.some((reason) => reason.code === code)
  const filters: [string, () => Query, (row: DeviceRow) => boolean][] = [
    ['fleet', () => ({ fleetId: fleetIds[1] }), (row) => row.fleetId === fleetIds[1]],
    ['health', () => ({ health: ['critical', 'ok'] }), (row) => ['critical', 'ok'].includes(row.health)],
    ['connectivity', () => ({ connectivity: ['late'] }), (row) => row.connectivity === 'late'],
    ['reason', () => ({ reason: ['offline'] }), (row) => has(row, 'offline')],
    ['device type', () => ({ deviceType: ['intel-nuc'] }), (row) => row.deviceType === 'intel-nuc'],
    ['release', () => ({ release: [release(0)] }), (row) => row.currentRelease?.id === releases[0]?.id],
    ['no release', () => ({ release: ['none'] }), (row) => row.currentRelease === null],
    [
      'a release or none',
      () => ({ release: [release(1), 'none'] }),
      (row) => row.currentRelease?.id !== releases[0]?.id,
    ],
    ['host OS', () => ({ os: ['6.4.0'] }), (row) => row.osVersion === '6.4.0'],
    ['update', () => ({ update: ['downloading'] }), (row) => row.updateState === 'downloading'],
    ['tag', () => ({ tag: ['site'] }), (row) => 'site' in row.tags],
    ['tag with value', () => ({ tag: ['site:north'] }), (row) => row.tags['site'] === 'north'],
    ['pinned', () => ({ pinned: true }), (row) => row.isPinned],
    ['not pinned', () => ({ pinned: false }), (row) => !row.isPinned],
    ['text in the name', () => ({ q: 'PUMP' }), (row) => row.name.startsWith('pump')],
    ['text with wildcards', () => ({ q: '%_' }), (row) => row.name === '100%_done'],
    ['start of the uuid', () => ({ q: '00003' }), (row) => row.uuid.startsWith('00003')],
    [
      'start of the address',
      () => ({ q: '10.0.1.' }),
      (row) => row.ipAddress?.startsWith('10.0.1.') === true,
    ],
    ['value of a tag', () => ({ q: 'south 50%' }), (row) => row.tags['site'] === 'south 50%'],
    [
      'several at once',
      () => ({ fleetId: fleetIds[0], health: ['critical', 'attention'], tag: ['site'] }),
      (row) =>
        row.fleetId === fleetIds[0] && ['critical', 'attention'].includes(row.health) && 'site' in row.tags,
    ],
  ]
  test.each(filters)('%s narrows the list to what matches, and counts it', async (_name, query, matches) => {
    const expected = all.filter(matches).map((row) => row.uuid)
    expect(expected.length).toBeGreaterThan(0)
    expect(expected.length).toBeLessThan(COUNT)
    const page = await scene.admin.ok('listDevices', { query: { ...query(), limit: 200 } })
    expect(page.rows.map((row) => row.uuid).sort()).toEqual(expected.sort())
    expect(page.total).toBe(expected.length)
  })

  test('each facet counts with all the other filters, and not its own', async () => {
    const facets = await scene.admin.ok('getDeviceFacets', {
      query: { health: ['critical', 'attention'], connectivity: ['online', 'offline'], tag: ['site'] },
    })
    const isSick = (row: DeviceRow) => row.health === 'critical' || row.health === 'attention'
    const isEither = (row: DeviceRow) => row.connectivity === 'online' || row.connectivity === 'offline'
    const isTagged = (row: DeviceRow) => 'site' in row.tags
    const count = (rows: DeviceRow[], valuesOf: (row: DeviceRow) => string[]) => {
      const counts = new Map<string, number>()
      for (const row of rows)
        for (const value of new Set(valuesOf(row))) counts.set(value, (counts.get(value) ?? 0) + 1)
      return Object.fromEntries([...counts].sort())
    }
    const told = (facet: { value: string; count: number }[]) =>
      Object.fromEntries(facet.map(({ value, count: devices }) => [value, devices] as const).sort())
    const matching = all.filter((row) => isSick(row) && isEither(row) && isTagged(row))
    expect(matching.length).toBeGreaterThan(0)
    expect(told(facets.health)).toEqual(
      count(
        all.filter((row) => isEither(row) && isTagged(row)),
        (row) => [row.health],
      ),
    )
    expect(told(facets.connectivity)).toEqual(
      count(
        all.filter((row) => isSick(row) && isTagged(row)),
        (row) => [row.connectivity],
      ),
    )
    expect(told(facets.tag)).toEqual(
      count(
        all.filter((row) => isSick(row) && isEither(row)),
        (row) => Object.entries(row.tags).map(([key, value]) => `${key}:${value}`),
      ),
    )
    expect(told(facets.reason)).toEqual(count(matching, (row) => row.reasons.map((reason) => reason.code)))
    expect(told(facets.deviceType)).toEqual(count(matching, (row) => [row.deviceType]))
    expect(told(facets.release)).toEqual(
      count(matching, (row) => [row.currentRelease === null ? 'none' : String(row.currentRelease.id)]),
    )
    expect(told(facets.os)).toEqual(count(matching, (row) => (row.osVersion === null ? [] : [row.osVersion])))
    expect(told(facets.update)).toEqual(count(matching, (row) => [row.updateState]))
    expect(told(facets.pinned)).toEqual(count(matching, (row) => [String(row.isPinned)]))
    const labelled = await scene.admin.ok('getDeviceFacets')
    expect(labelled.deviceType.find((entry) => entry.value === 'intel-nuc')?.label).toBe('Intel NUC')
  })

  test('the export holds the filtered devices, and no cell a spreadsheet would run', async () => {
    const answer = await scene.admin.send('exportDevices', { query: { health: ['critical'] } })
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toContain('attachment')
    const [head = '', ...lines] = answer.body.trimEnd().split('\n')
    expect(head.split(',')).toContain('uuid')
    const expected = all.filter((row) => row.health === 'critical')
    expect(lines).toHaveLength(expected.length)
    const line = (name: string) => lines.find((text) => text.startsWith(name)) ?? ''
    expect(line("'=SUM(A1)")).not.toBe('')
    expect(line('"pump, north"')).not.toBe('')
    expect(line('"pump ""2"""')).not.toBe('')
    expect(lines.some((text) => /^[=+@\t-]|,[=+@\t]/.test(text))).toBe(false)
    expect(lines.some((text) => text.includes(',-5,'))).toBe(true)
  })

  test('what a query cannot mean is refused with its field', async () => {
    for (const [query, field] of [
      ['limit=0', 'query.limit'],
      ['limit=201', 'query.limit'],
      ['health=well', 'query.health.0'],
      ['sort=size', 'query.sort'],
      ['pinned=maybe', 'query.pinned'],
      ['fleetId=x', 'query.fleetId'],
      ['q=%00', 'query.q'],
    ]) {
      const answer = await scene.app.app.inject({
        url: `/api/v1/devices?${query ?? ''}`,
        headers: scene.admin.headers,
      })
      expect(answer.statusCode, query).toBe(400)
      expect(answer.json<{ errors: { field: string }[] }>().errors[0]?.field).toBe(field)
    }
  })
})
