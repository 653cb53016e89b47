import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { seedDevice, seedFleet } from '../../testing/fleet-seed.ts'
import { watchStatements } from '../../testing/statements.ts'
import { newestLines } from './heartbeat.ts'

const LINES = 10_000
const TALKING = 20

describeOnStores('the newest line of a device that no longer polls', ({ open }) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  test('is found by its own index, without going through the lines of others', async () => {
    const { db } = database
    const fleet = await seedFleet(db)
    const talking: number[] = []
    for (let n = 0; n < TALKING; n++) talking.push((await seedDevice(db, fleet)).deviceId)
    const silent = await seedDevice(db, fleet)
    const talks = talking.at(-1) ?? 0
    await sql`insert into log_line (device_id, fleet_id, is_system, is_stderr, level, at, received_at, message)
      select (${talking}::bigint[])[1 + (n - 1) % ${TALKING}::int], ${fleet.fleetId}, true, false, 'info', now(),
        '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 second', 'line'
      from generate_series(1, ${LINES}) n`.execute(db)
    await sql`analyze log_line`.execute(db)
    const watched = watchStatements(database)
    const [statement] = await watched.during(async () => {
      const found = await newestLines(
        watched.database.db,
        [talks, silent.deviceId].map((id) => ({ id })),
      )
      expect([...found]).toEqual([[talks, new Date(Date.parse('2026-01-01T00:00:00Z') + LINES * 1_000)]])
    })
    if (!statement) throw new Error('nothing was asked')
    const { rows } = await db.executeQuery<{ 'QUERY PLAN': string }>({
      ...statement,
      sql: `explain ${statement.sql}`,
    })
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('log_line_by_device')
    expect(plan).not.toContain('Filter')
    expect(plan).not.toContain('Seq Scan')
  })
})
