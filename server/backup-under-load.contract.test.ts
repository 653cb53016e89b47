import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { runCommand } from './commands/commands.ts'
import { readConfig } from './platform/config.ts'
import { openStore, type Database } from './platform/db/database.ts'
import { readMigrations, type Migration } from './platform/db/migrate.ts'
import { deviceCalls } from './testing/device-calls.ts'
import { describeOnPostgres, describeOnStores, testPostgres } from './testing/databases.ts'
import { Scene, type SceneDevice } from './testing/scene.ts'
import { SteadyLoad, type Acknowledged } from './testing/steady-load.ts'
import { RunningClock } from './testing/test-app.ts'

const DEVICES = 12
/** Few enough that the rollout lasts longer than the test. */
const OFFERS_PER_MINUTE = 4
const PATIENT = { timeout: 60_000, interval: 250 }
const migrationsFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'migrations')
const fail = (error: Error) => {
  throw error
}

/** A machine on which no gateway has run: the settings of one there. */
type Machine = { environment: Record<string, string>; leave: () => Promise<void> }

async function machineWithFolder(): Promise<Machine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-empty-'))
  return {
    environment: { WHEELHOUSE_DATA: path.join(folder, 'data') },
    leave: () => rm(folder, { recursive: true, force: true }),
  }
}

async function machineWithPostgres(): Promise<Machine> {
  const empty = await testPostgres.open({ before: '0000' })
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(empty.db)
  const url = new URL(process.env['TEST_DATABASE_URL'] ?? '')
  url.pathname = `/${rows[0]?.name ?? ''}`
  return { environment: { DATABASE_URL: url.toString() }, leave: () => empty.close() }
}

describeOnStores('a backup taken while devices report and a rollout runs', (store) => {
  let folder: string
  let file: string
  let migrations: Migration[]
  let devices: SceneDevice[]
  let rolloutId: number
  let acknowledged: Acknowledged

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-under-load-'))
    file = path.join(folder, 'all.backup.gz')
    migrations = await readMigrations(migrationsFolder)
    const database = await store.open()
    const scene = await Scene.open({ database, clock: new RunningClock() })
    const url = await scene.app.listen()
    await scene.app.start()
    const fleet = await scene.fleet()
    await scene.release(fleet.id, '1.0.0')
    devices = await scene.devices(fleet, DEVICES)
    const next = await scene.release(fleet.id, '2.0.0-rc.1', { isDraft: true })
    const load = new SteadyLoad(scene, url, devices)
    try {
      const started = await scene.admin.ok('createRollout', {
        params: { fleetId: fleet.id },
        body: {
          releaseId: next.id,
          plan: {
            ...defaultRolloutPlan,
            phases: defaultRolloutPlan.phases.map((phase) => ({ ...phase, soakSeconds: 0 })),
            startsPerMinute: OFFERS_PER_MINUTE,
          },
        },
      })
      rolloutId = started.id
      await vi.waitFor(async () => {
        const { rollout } = await scene.admin.ok('getRollout', { params: { rolloutId } })
        expect(rollout.counts.succeeded).toBeGreaterThan(1)
        expect(load.acknowledged.reports.size).toBe(DEVICES)
        expect(load.acknowledged.actionIds.length).toBeGreaterThan(DEVICES)
      }, PATIENT)
      acknowledged = load.acknowledged
      const answer = await fetch(`${url}/api/v1/backup`, { method: 'POST', headers: scene.admin.headers })
      expect(answer.status).toBe(200)
      await writeFile(file, Buffer.from(await answer.arrayBuffer()))
      // It went on meanwhile, and goes on.
      const { lines } = load.acknowledged
      await vi.waitFor(() => expect(load.acknowledged.lines.length).toBeGreaterThan(lines.length))
      expect((await scene.admin.ok('getRollout', { params: { rolloutId } })).rollout.state).toBe('running')
    } finally {
      await load.stop()
      await scene.close()
      await database.close()
    }
  }, 120_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Restores into an empty machine and looks at what is there. */
  function restoredInto(findMachine: () => Promise<Machine>): void {
    let machine: Machine
    let printed: string[]
    beforeEach(async () => {
      machine = await findMachine()
      printed = []
    })
    afterEach(() => machine.leave())
    const run = (...args: string[]) =>
      runCommand(args, {
        config: readConfig(machine.environment),
        migrations,
        print: (line) => printed.push(line),
        now: () => new Date(),
      })
    async function expectFitting(): Promise<void> {
      printed = []
      const code = await run('check-data')
      expect({ code, wrong: printed.filter((line) => !line.startsWith('ok ')) }).toEqual({
        code: 0,
        wrong: [expect.stringMatching(/^All \d+ checks hold\.$/)],
      })
    }
    async function opened<T>(work: (database: Database) => Promise<T>): Promise<T> {
      const database = await openStore(readConfig(machine.environment), fail)
      try {
        return await work(database)
      } finally {
        await database.close()
      }
    }

    test('it holds all that was acknowledged before, fits together, and a gateway goes on with it', async () => {
      expect(await run('restore', file), printed.join('\n')).toBe(0)
      await expectFitting()
      await opened((database) => expectAcknowledged(database, acknowledged))
      await opened(expectGoesOn)
      await expectFitting()
    }, 180_000)
  }

  async function expectGoesOn(database: Database): Promise<void> {
    const scene = await Scene.open({ database, clock: new RunningClock() })
    try {
      const url = await scene.app.listen()
      await scene.app.start()
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
      const calls = deviceCalls(url)
      for (const device of devices) {
        expect((await calls.poll(device)).status).toBe(200)
        expect((await calls.report(device, { status: 'goes on' })).status).toBe(200)
      }
      const { rollout } = await scene.admin.ok('getRollout', { params: { rolloutId } })
      expect(rollout).toMatchObject({ state: 'running', total: DEVICES })
      expect((await scene.admin.ok('listFleets')).fleets).toHaveLength(1)
      await scene.app.runJob('seal audit log')
      expect(await scene.admin.ok('checkAudit')).toMatchObject({ isWhole: true })
    } finally {
      await scene.close()
    }
  }

  describe('restored into an empty folder', () => restoredInto(machineWithFolder))
  describeOnPostgres('restored into an empty PostgreSQL', () => restoredInto(machineWithPostgres))
})

/** Whether all of it is there, and nothing of it twice. */
async function expectAcknowledged({ db }: Database, acknowledged: Acknowledged): Promise<void> {
  const stored = await db.selectFrom('device').select(['uuid', 'status']).execute()
  expect(stored).toHaveLength(DEVICES)
  for (const { uuid, status } of stored)
    expect(Number(status), uuid).toBeGreaterThanOrEqual(acknowledged.reports.get(uuid) ?? 1)
  const columnOf = async (text: string) => {
    const { rows } = await sql<{ value: string }>`${sql.raw(text)}`.execute(db)
    return rows.map(({ value }) => value)
  }
  const expectHeld = async (text: string, wanted: readonly string[]) => {
    const held = await columnOf(text)
    const known = new Set(held)
    expect(known.size, text).toBe(held.length)
    expect(wanted.length, text).toBeGreaterThan(0)
    expect(
      wanted.filter((value) => !known.has(value)),
      text,
    ).toEqual([])
  }
  await expectHeld('select message as value from log_line', acknowledged.lines)
  await expectHeld('select body as value from device_note', acknowledged.notes)
  await expectHeld(
    `select substring(summary from '^Noted: (.*) \\(') as value from audit_entry where action = 'device.note.create'`,
    acknowledged.notes,
  )
  await expectHeld('select id::text as value from device_action', acknowledged.actionIds.map(String))
  const actions = await columnOf(`select id::text as value from device_action`)
  const told = await columnOf(
    `select id::text as value from audit_entry where action = 'device.override-lock'`,
  )
  // Each was stored together with the entry that tells of it.
  expect(told).toHaveLength(actions.length)
}
