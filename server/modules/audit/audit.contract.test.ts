import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Scene } from '../../testing/scene.ts'
import { TestClient } from '../../testing/test-client.ts'

describe('the audit log', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open({ environment: { WHEELHOUSE_HEAVY_CALLS_PER_MINUTE: '0' } })
  })
  afterAll(() => scene.close())

  const seal = () => scene.app.runJob('seal audit log')
  const check = () => scene.admin.ok('checkAudit')
  /** As somebody who has the database in hand: past the gateway, and past what refuses changes. */
  async function tamper(statement: string): Promise<void> {
    const { db } = scene.app
    for (const table of ['audit_entry', 'audit_seal'])
      await sql.raw(`alter table ${table} disable trigger user`).execute(db)
    await sql.raw(statement).execute(db)
    for (const table of ['audit_entry', 'audit_seal'])
      await sql.raw(`alter table ${table} enable trigger user`).execute(db)
  }
  const newest = async () => (await scene.admin.ok('listAudit', { query: { limit: 1 } })).rows[0]

  test('each entry says who, from where, what and of which fleet', async () => {
    const { id } = await scene.fleet()
    expect(await newest()).toMatchObject({
      actor: 'test admin',
      actorKind: 'api-token',
      address: '127.0.0.1',
      action: 'fleet.create',
      subjectKind: 'fleet',
      subjectId: String(id),
      fleetId: id,
    })
  })

  test('it is narrowed by text, by who, by fleet and by time', async () => {
    const { id: fleetId } = await scene.fleet()
    const before = scene.app.clock.now().toISOString()
    scene.app.clock.advance(60_000)
    await scene.admin.ok('updateFleet', { params: { fleetId }, body: { name: 'A name of its own' } })
    const found = async (query: object) =>
      (await scene.admin.ok('listAudit', { query })).rows.map((row) => row.action)
    expect(await found({ fleetId })).toEqual(['fleet.update', 'fleet.create'])
    expect(await found({ fleetId, to: before })).toEqual(['fleet.create'])
    expect(await found({ fleetId, from: scene.app.clock.now().toISOString() })).toEqual(['fleet.update'])
    expect(await found({ q: 'name of its OWN' })).toEqual(['fleet.update'])
    expect(await found({ fleetId, actorKind: ['user', 'device'] })).toEqual([])
    const wrong = await scene.admin.refused('listAudit', 400, {
      query: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' },
    })
    expect(wrong.errors?.[0]?.field).toBe('query.from')
  })

  test('the export holds what the list shows, oldest first, and no formula', async () => {
    const { id: fleetId } = await scene.fleet()
    const { secret } = await scene.admin.ok('createApiToken', {
      body: { name: '=1+1', access: { everywhere: 'admin', fleets: [] } },
    })
    const hostile = new TestClient(scene.app, { authorization: `Bearer ${secret}` })
    await hostile.ok('updateFleet', { params: { fleetId }, body: { name: `Fleet ${String(fleetId)}` } })
    const csv = (await scene.admin.send('exportAudit', { query: { fleetId } })).body
    const [head, ...lines] = csv.trimEnd().split('\r\n')
    expect(head).toBe('id,at,actor,actor kind,address,action,subject kind,subject,fleet,summary,data')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('fleet.create')
    expect(lines[1]?.split(',')[2]).toBe("'=1+1")
    const ndjson = (await scene.admin.send('exportAudit', { query: { fleetId, format: 'ndjson' } })).body
    const entries = ndjson
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string })
    expect(entries.map(({ action }) => action)).toEqual(['fleet.create', 'fleet.update'])
  })

  test('the database refuses to change or delete an entry or a seal', async () => {
    await seal()
    const { db } = scene.app
    for (const statement of [
      "update audit_entry set summary = 'another'",
      'delete from audit_entry',
      "update audit_seal set hash = ''",
      'delete from audit_seal',
    ])
      await expect(sql.raw(statement).execute(db)).rejects.toThrow('is only ever added to')
  })

  describe('somebody with the database in hand', () => {
    const undo: string[] = []
    afterEach(async () => {
      for (const statement of undo.splice(0)) await tamper(statement)
      expect((await check()).faults).toEqual([])
    })
    const sealed = async () => {
      const { id: fleetId } = await scene.fleet()
      const entry = await newest()
      await scene.admin.ok('updateFleet', { params: { fleetId }, body: { name: `Fleet ${String(fleetId)}` } })
      await seal()
      const before = await check()
      expect(before).toMatchObject({ isWhole: true, waiting: 0, faults: [] })
      expect(before.head?.position).toBe(before.sealed)
      return entry?.id ?? 0
    }
    const faultsAfter = async (statement: string) => {
      await tamper(statement)
      return (await check()).faults
    }

    test.each([
      ['summary', "'Nothing happened'"],
      ['actor', "'somebody else'"],
      ['at', "at + interval '1 microsecond'"],
      ['address', "'192.0.2.9'"],
      ['data', `'{"reason":"none"}'`],
      ['fleet_id', 'null'],
    ])('changes the %s of an entry: it is told which', async (column, value) => {
      const id = await sealed()
      const { rows } = await sql
        .raw<{ held: string | null }>(
          `select ${column}::text as held from audit_entry where id = ${String(id)}`,
        )
        .execute(scene.app.db)
      const held = rows[0]?.held ?? null
      undo.push(
        `update audit_entry set ${column} = ${held === null ? 'null' : `'${held.replaceAll("'", "''")}'`} where id = ${String(id)}`,
      )
      expect(
        await faultsAfter(`update audit_entry set ${column} = ${value} where id = ${String(id)}`),
      ).toEqual([
        { position: expect.any(Number) as number, entryId: id, what: 'the entry or its seal was changed' },
      ])
    })

    test('takes an entry out, with its seal or without', async () => {
      const id = await sealed()
      const { rows } = await sql
        .raw<{ entry: unknown; seal: unknown }>(
          `select to_jsonb(e) as entry, to_jsonb(s) as seal from audit_entry e join audit_seal s on s.entry_id = e.id where e.id = ${String(id)}`,
        )
        .execute(scene.app.db)
      const restored = (table: string, row: unknown) =>
        `insert into ${table} overriding system value select * from jsonb_populate_record(null::${table}, '${JSON.stringify(row).replaceAll("'", "''")}')`
      expect(await faultsAfter(`delete from audit_entry where id = ${String(id)}`)).toEqual([
        { position: expect.any(Number) as number, entryId: id, what: 'the entry was taken out' },
      ])
      const whats = (await faultsAfter(`delete from audit_seal where entry_id = ${String(id)}`)).map(
        ({ what }) => what,
      )
      // The next seal does not follow on the one before the gap.
      expect(whats).toEqual(['its seal is missing', 'the entry or its seal was changed'])
      undo.push(restored('audit_entry', rows[0]?.entry), restored('audit_seal', rows[0]?.seal))
    })

    test('puts an entry in', async () => {
      await sealed()
      const faults = await faultsAfter(
        `insert into audit_entry (actor, actor_kind, action, subject_kind, subject_id, summary)
         values ('nobody', 'user', 'fleet.create', 'fleet', '1', 'It was somebody else')`,
      )
      expect(faults.map(({ what }) => what)).toEqual(['1 entry was put in past the gateway'])
      undo.push(`delete from audit_entry where actor = 'nobody'`)
    })
  })

  test('what was just stored waits, and is sealed once however many gateways seal', async () => {
    await seal()
    const before = await check()
    for (let count = 0; count < 3; count++) await scene.fleet()
    expect(await check()).toMatchObject({ isWhole: true, sealed: before.sealed, waiting: 3 })
    await Promise.all([seal(), seal(), seal()])
    expect(await check()).toMatchObject({ isWhole: true, sealed: before.sealed + 3, waiting: 0 })
  })

  test('only an administrator of every fleet checks it', async () => {
    const { id } = await scene.fleet()
    const manager = new TestClient(scene.app, await scene.app.as('release-manager'))
    await manager.refused('checkAudit', 403)
    const own = new TestClient(scene.app, await scene.app.as('admin', id))
    await own.refused('checkAudit', 403)
  })
})
