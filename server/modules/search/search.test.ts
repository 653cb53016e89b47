import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SearchMatch } from '#contract/search'
import type { Database } from '../../platform/db/database.ts'
import { migrateFully, describeOnStores } from '../../testing/databases.ts'
import { Scene } from '../../testing/scene.ts'

const uuid = (index: number) => (index * 7919 + 4096).toString(16).padStart(8, '0').repeat(4)

describeOnStores('finding a device', ({ open }) => {
  let database: Database
  let scene: Scene
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
    const fleet = await scene.fleet()
    const devices: { name: string; more?: Record<string, unknown> }[] = [
      { name: 'lucid-fern' },
      { name: 'lucid-fern-2' },
      { name: 'lucid-harbour' },
      { name: 'pump-0042', more: { tags: JSON.stringify({ site: 'Hamburg North', row: '7' }) } },
      { name: 'pump-0421', more: { tags: JSON.stringify({ site: 'Bremen', 'back%up': 'yes_1' }) } },
      {
        name: 'accelerometer',
        more: {
          ip_address: '10.4.7.12 fd00::12',
          public_address: '203.0.113.9',
          mac_address: 'DC:A6:32:0A:1B:2C 02:42:AC:11:00:02',
          cpu_id: '100000001abc1234',
        },
      },
      { name: 'Ärmelkanal ü' },
      { name: `"; drop table device; -- <b>` },
      { name: '%%%' },
    ]
    await database.db
      .insertInto('device')
      .values(
        devices.map(({ name, more }, index) => ({
          uuid: uuid(index),
          fleet_id: fleet.id,
          device_type: 'raspberrypi4-64',
          name,
          key_hash: `key ${index}`,
          ...more,
        })),
      )
      .execute()
    await indexed()
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })

  const indexed = () => scene.app.runJob('index devices')
  const find = (q: string, limit = 10) => scene.admin.ok('searchDevices', { query: { q, limit } })
  const names = async (q: string) => (await find(q)).devices.map((device) => device.name)
  const first = async (q: string): Promise<[string | undefined, Partial<SearchMatch> | undefined]> => {
    const [device] = (await find(q)).devices
    return [device?.name, device?.matches[0]]
  }

  test.each<[string, string, Partial<SearchMatch>]>([
    ['lucid-fern', 'lucid-fern', { field: 'name', grade: 'exact' }],
    ['LUCID FERN', 'lucid-fern', { grade: 'exact' }],
    ['lucid-fe', 'lucid-fern', { grade: 'start' }],
    ['fern lucid', 'lucid-fern', { grade: 'word' }],
    ['harb', 'lucid-harbour', { grade: 'word' }],
    ['pump 42', 'pump-0042', { grade: 'word' }],
    ['pump42', 'pump-0042', { grade: 'word' }],
    ['celero', 'accelerometer', { grade: 'inside' }],
    [uuid(3), 'pump-0042', { field: 'uuid', grade: 'exact', value: uuid(3) }],
    [uuid(4).slice(0, 8), 'pump-0421', { field: 'uuid', grade: 'start' }],
    ['bremen', 'pump-0421', { field: 'tag', label: 'site', value: 'Bremen', grade: 'exact' }],
    ['site=ham', 'pump-0042', { field: 'tag', label: 'site', value: 'Hamburg North', grade: 'start' }],
    ['site:bremen', 'pump-0421', { field: 'tag', label: 'site', grade: 'exact' }],
    ['back%up', 'pump-0421', { field: 'tag', label: 'back%up', value: 'yes_1', grade: 'word' }],
    ['pump hamburg', 'pump-0042', { field: 'name', grade: 'word' }],
    ['10.4.7.12', 'accelerometer', { field: 'address', value: '10.4.7.12', grade: 'exact' }],
    ['10.4.7', 'accelerometer', { field: 'address', grade: 'start' }],
    ['203.0.113.9', 'accelerometer', { field: 'address', value: '203.0.113.9' }],
    ['fd00::1', 'accelerometer', { field: 'address', value: 'fd00::12' }],
    ['dc:a6:32:0a:1b:2c', 'accelerometer', { field: 'mac', value: 'DC:A6:32:0A:1B:2C', grade: 'exact' }],
    ['dca632-0a', 'accelerometer', { field: 'mac', grade: 'start' }],
    ['0a1b2c', 'accelerometer', { field: 'mac', grade: 'end' }],
    ['100000001ABC1234', 'accelerometer', { field: 'serial', grade: 'exact' }],
    ['bc1234', 'accelerometer', { field: 'serial', grade: 'end' }],
    ['lucid-firn', 'lucid-fern', { grade: 'similar' }],
    ['lucdi-fern', 'lucid-fern', { grade: 'similar' }],
    ['lucod-farn', 'lucid-fern', { grade: 'similar' }],
    ['luicd harbuor', 'lucid-harbour', { grade: 'similar' }],
    ['lucidharbuor', 'lucid-harbour', { grade: 'similar' }],
    ['acelerometr', 'accelerometer', { grade: 'similar' }],
    ['pump-0024', 'pump-0042', { grade: 'similar' }],
    ['hambrug', 'pump-0042', { field: 'tag', label: 'site', grade: 'similar' }],
    ['ärmelkanal', 'Ärmelkanal ü', { field: 'name' }],
    ['drop table', `"; drop table device; -- <b>`, { grade: 'start' }],
  ])('%s finds %s', async (q, name, match) => {
    const [found, how] = await first(q)
    expect(found).toBe(name)
    expect(how).toMatchObject(match)
  })

  test('the surer find stands first, and what else fits after it', async () => {
    expect(await names('lucid-fern')).toEqual(['lucid-fern', 'lucid-fern-2'])
    expect((await find('lucid')).devices.map((device) => device.grade)).toEqual(['start', 'start', 'start'])
    const few = await find('lucid', 2)
    expect(few.devices).toHaveLength(2)
    expect(few.isMore).toBe(true)
    expect((await find('lucid', 3)).isMore).toBe(false)
  })

  test.each(['zzzzqqq', '%%', '__', '\\\\', "'';", '10.9.9.9', 'ffffffffffff', 'lucid zebra', '=='])(
    '%s finds nothing, and breaks nothing',
    async (q) => {
      expect(await names(q)).toEqual([])
    },
  )

  test('what is renamed, tagged, reported or deleted is found by what it is now', async () => {
    const fleet = await scene.fleet()
    const [device] = await scene.devices(fleet, 1)
    if (!device) throw new Error('no device')
    const params = { uuid: device.uuid }
    await scene.admin.ok('updateDevice', { params, body: { name: 'velvet-otter' } })
    await indexed()
    expect(await names('velvet otter')).toEqual(['velvet-otter'])
    await scene.admin.ok('updateDevice', { params, body: { name: 'crimson-heron' } })
    // At once, whether its terms are made or not.
    expect(await names('velvet otter')).toEqual([])
    expect(await names('crimson heron')).toEqual(['crimson-heron'])
    await indexed()
    expect(await names('velvet otter')).toEqual([])
    await scene.admin.ok('setDeviceTag', {
      params: { ...params, key: 'owner' },
      body: { value: 'Greenhouse' },
    })
    await device.report({
      mac_address: 'AA:BB:CC:00:11:22',
      cpu_id: 'f00dfeed00112233',
      ip_address: '10.77.1.5',
    })
    await indexed()
    for (const q of ['greenhouse', 'owner=green', 'grenhouse', 'aabbcc001122', 'f00dfeed', '10.77.1.5'])
      expect(await names(q), q).toEqual(['crimson-heron'])
    await scene.app.runJob('prune search words')
    expect(await names('crimsno')).toEqual(['crimson-heron'])
    await scene.admin.ok('deleteDevice', { params })
    for (const q of ['crimson', 'greenhouse', 'f00dfeed', device.uuid]) expect(await names(q), q).toEqual([])
    await indexed()
    await scene.app.runJob('prune search words')
    const left = await database.db.selectFrom('word_trigram').select('word').distinct().execute()
    expect(left.map((row) => row.word)).not.toContain('crimson')
    expect(left.map((row) => row.word)).toContain('lucid')
  })

  test('too short a text is refused with its field; a viewer may search, nobody else', async () => {
    const refusal = await scene.admin.refused('searchDevices', 400, { query: { q: ' a ' } })
    expect(refusal.errors?.[0]?.field).toBe('query.q')
    const viewer = await scene.as('viewer')
    expect((await viewer.ok('searchDevices', { query: { q: 'lucid' } })).devices).toHaveLength(3)
    const answer = await scene.app.app.inject({ url: '/api/v1/search/devices?q=lucid' })
    expect(answer.statusCode).toBe(401)
  })
})

describeOnStores('a database that had devices before there was a search', (store) => {
  test('gets them found after the migration, batch by batch', async () => {
    const database = await store.open({ before: '0059' })
    await sql`insert into fleet (id, uuid, name, device_type) overriding system value values (7, ${'a'.repeat(32)}, 'Older', 'intel-nuc')`.execute(
      database.db,
    )
    await sql`insert into device (uuid, fleet_id, device_type, name, key_hash)
      select lpad(to_hex(n), 32, '0'), 7, 'intel-nuc', 'older-' || lpad(n::text, 4, '0'), 'key ' || n from generate_series(1, 230) n`.execute(
      database.db,
    )
    const deleted = sql`update device set deleted_at = now() where name = 'older-0003'`
    await deleted.execute(database.db)
    await migrateFully(database)
    const scene = await Scene.on(database)
    await scene.app.runJob('index devices')
    const due = await database.db.selectFrom('device_term_due').selectAll().execute()
    expect(due).toEqual([])
    const { devices } = await scene.admin.ok('searchDevices', { query: { q: 'odler 229' } })
    expect(devices.map((device) => device.name)).toEqual(['older-0229'])
    expect((await scene.admin.ok('searchDevices', { query: { q: 'older-0003' } })).devices[0]?.name).not.toBe(
      'older-0003',
    )
    await scene.close()
    await database.close()
  })
})
