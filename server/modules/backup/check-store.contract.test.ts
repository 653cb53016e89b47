import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql, type Transaction } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPglite, type Database } from '../../platform/db/database.ts'
import { readMigrations, type Migration } from '../../platform/db/migrate.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { emptyDump } from '../../testing/pglite-dumps.ts'
import { Scene } from '../../testing/scene.ts'
import { makeWalledFleet, type WalledFleet } from '../../testing/walled-fleet.ts'
import { checkSeals } from '../audit/audit-seal.store.ts'
import { checkStore } from './check-store.service.ts'
import { foundAmong, type StoreCheck } from './store-check.ts'

type Trx = Transaction<Schema>
class Undo extends Error {}
const fail = (error: Error) => {
  throw error
}

const migrationsFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../migrations')
const seals: StoreCheck = {
  rule: 'The audit log is as it was written.',
  find: async (trx) => foundAmong((await checkSeals(trx)).faults.map((fault) => fault.what)),
}

/** The beginnings of the rules that are broken, what is planted, and how one of the examples tells of it. */
type Plant = [broken: string[], text: string, example: RegExp]

/** What somebody with the database in hand, a bug or a bad disk could leave, one at a time. */
const plants: Plant[] = [
  [
    ['Every constraint'],
    'alter table device_event disable trigger device_event_added',
    /^the trigger device_event_added of device_event is switched off$/,
  ],
  [
    ['Every constraint', 'Every row that a foreign key'],
    `alter table device_note drop constraint device_note_device_id_fkey;
     insert into device_note (device_id, author, body, created_at) values (777777, 'Ada', 'lost', now());
     alter table device_note add constraint device_note_device_id_fkey
       foreign key (device_id) references device (id) not valid`,
    /^device_note names device 777777 by device_id, which is not there$/,
  ],
  [
    ['Every row that is named'],
    'update rollout set previous_target_release_id = 777777',
    /^rollout names release 777777 by previous_target_release_id/,
  ],
  [
    ['New rows get ids'],
    `insert into user_group (id, name) overriding system value values (777777, 'Far ahead')`,
    /^the next id of user_group is \d+, but 777777 is taken$/,
  ],
  [
    ['Every device is in a state'],
    `update device set update_state = 'dreaming'`,
    /^device \d+ is online, .* and dreaming/,
  ],
  [
    ['Every device is in a state'],
    `update device set health_rank = 3 - health_rank`,
    /^device \d+ is online, .* \(rank \d\)$/,
  ],
  [
    ['Every device that counts as reachable'],
    'update device set next_check_at = null',
    /^device \d+ is online, and nothing ever looks/,
  ],
  [
    ['Fleets, devices and rollouts'],
    `insert into variable (kind, fleet_id, device_id, name, value)
     select 'environment', (select max(id) from fleet), id, 'A', 'b' from device`,
    /^variable \d+ is of fleet \d+, its device \d+ of fleet \d+$/,
  ],
  [
    ['Fleets, devices and rollouts', 'Every device is told'],
    `update device set pinned_release_id = (select max(id) from release)`,
    /pinned to release \d+ of fleet|told release \d+ instead of release \d+/,
  ],
  [
    ['Every device is told'],
    'update device set target_release_id = null',
    /^device \d+ is told none instead of release \d+$/,
  ],
  [
    ['Every device can be found'],
    'delete from device_term; delete from device_term_due',
    /^device \d+ is neither indexed/,
  ],
  [
    ['Every log line'],
    `insert into log_line (device_id, fleet_id, is_system, is_stderr, level, at, received_at, message)
     values (777777, 1, true, false, 'info', now(), now(), 'lost')`,
    /^1 lines name device 777777$/,
  ],
  [
    ['What is kept of how much log'],
    'update log_usage set lines = lines + 4',
    /^fleet \d+ in the hour of .*: 5 lines .* instead of 1 /,
  ],
  [
    ['Every device of a rollout is in a phase', 'Kept counts of phases', 'Kept figures by which gates judge'],
    'update rollout_device set phase_index = 7',
    /^device \d+ of rollout \d+ is in phase 7$|^rollout \d+, phase \d/,
  ],
  [
    ['No two rollouts'],
    `with copied as (insert into rollout (fleet_id, release_id, state, plan, previous_policy, created_by)
       select fleet_id, release_id, 'running', plan, previous_policy, created_by from rollout returning id),
     phases as (insert into rollout_phase (rollout_id, index, state, tally)
       select copied.id, index, p.state, tally from rollout_phase p, copied)
     insert into rollout_device (rollout_id, device_id, phase_index, state, marks)
     select copied.id, device_id, phase_index, state, marks from rollout_device, copied`,
    /^device \d+ is on its way in the rollouts \d+ and \d+$/,
  ],
  [
    ['Kept counts of phases'],
    `update rollout_phase set tally = jsonb_set(tally, '{states,waiting}', '5')`,
    /^rollout \d+, phase 0: waiting is kept as 5 and adds up to 0$/,
  ],
  [
    ['Kept counts of phases'],
    `update rollout_phase set tally = jsonb_set(tally, '{types,toaster}', '1')`,
    /type toaster is kept as 1 and adds up to 0$/,
  ],
  [
    ['Kept counts of phases'],
    `update rollout_device set marks = jsonb_set(marks, '{state}', '"failed"')`,
    /^device \d+ of rollout \d+ is offered and counted as failed$/,
  ],
  [
    ['Kept figures by which gates judge'],
    `update rollout_phase set tally = jsonb_set(tally, '{touched,silent}', '3')`,
    /touched silent is kept as 3 and adds up to 0$/,
  ],
  [
    ['Kept figures by which gates judge'],
    `update rollout_phase set tally = jsonb_set(tally, '{untouched,reasons}', '{"clock-skew": 2}')`,
    /untouched with clock-skew is kept as 2 and adds up to 0$/,
  ],
  [
    ['Every rollout stands'],
    'update rollout set finished_at = now()',
    /^rollout \d+ is running and has a time at which it ended$/,
  ],
  [
    ['Every rollout stands'],
    `update rollout set state = 'paused'`,
    /is paused without a pause that goes on$/,
  ],
  [
    ['Every action'],
    `update device_action set state = 'done'`,
    /^action \d+ of device \d+ is done without a time at which it ended$/,
  ],
  [
    ['No bulk action'],
    'update action_batch set total = 0',
    /^bulk action \d+ asked 0 devices and has 1 actions$/,
  ],
  [
    ['Every webhook delivery'],
    `with added as (insert into webhook (name, url, secret, events, created_by)
       values ('x', 'https://example.com', 's', '[]', 'Ada') returning id)
     insert into webhook_delivery (webhook_id, event, payload) select id, 'rollout.started', '{}' from added`,
    /^delivery \d+ is waiting, next attempt never, ended never$/,
  ],
  [
    ['The audit log'],
    `alter table audit_entry disable trigger audit_entry_kept;
     update audit_entry set summary = 'Nothing happened' where id = (select min(id) from audit_entry);
     alter table audit_entry enable trigger audit_entry_kept`,
    /^the entry or its seal was changed$/,
  ],
  [
    ['The tables are'],
    `insert into migration (name, checksum) values ('9999-later.sql', '')`,
    /^9999-later\.sql is of a newer Wheelhouse$/,
  ],
  [
    ['The tables are'],
    `delete from migration where name like '0074%'`,
    /^0074-totp\.sql was not applied: start the gateway once$/,
  ],
  [
    ['The tables are'],
    `update migration set checksum = '' where name like '0074%'`,
    /^0074-totp\.sql was applied in another form$/,
  ],
  // What cannot be looked at is told, and what can be is looked at all the same.
  [
    ['Every webhook delivery'],
    'drop table webhook_delivery',
    /^this cannot be looked at: .*webhook_delivery/,
  ],
]

describeOnStores('what a store holds', (store) => {
  let database: Database
  let scene: Scene
  let walled: WalledFleet
  let known: Migration[]
  beforeAll(async () => {
    known = await readMigrations(migrationsFolder)
    database = await store.open()
    scene = await Scene.on(database)
    walled = await makeWalledFleet(scene)
    // The newest release and fleet are not the device's own.
    const { id } = await scene.fleet()
    await scene.release(id, '1.0.0')
    await scene.app.runJob('seal audit log')
    await scene.app.runJob('index devices')
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })

  const check = (trx: Trx | null = null) => checkStore(trx ?? database.db, known, [seals])
  const broken = async (trx: Trx | null = null) => (await check(trx)).filter(({ count }) => count > 0)
  /** What is found after `work`, which is undone. */
  async function afterwards(work: (trx: Trx) => Promise<unknown>) {
    let found: Awaited<ReturnType<typeof broken>> = []
    const undone = database.db.transaction().execute(async (trx) => {
      await work(trx)
      found = await broken(trx)
      throw new Undo()
    })
    await expect(undone).rejects.toThrow(Undo)
    return found
  }

  test('fits together where only the gateway wrote it', async () => {
    expect(await broken()).toEqual([])
    expect((await check()).length).toBeGreaterThan(15)
  })

  test.each(plants)('%j is found', async (rules, text, example) => {
    const found = await afterwards((trx) => sql.raw(text).execute(trx))
    expect(found.map(({ rule }) => rules.find((beginning) => rule.startsWith(beginning)) ?? rule)).toEqual(
      rules,
    )
    expect(found.flatMap(({ examples }) => examples)).toContainEqual(expect.stringMatching(example))
  })

  test('is told of by number, with three examples', async () => {
    const [found] = await afterwards((trx) =>
      sql`insert into variable (kind, fleet_id, device_id, name, value)
        select 'environment', (select max(id) from fleet), id, 'A' || n, 'b' from device, generate_series(1, 7) n`.execute(
        trx,
      ),
    )
    expect(found).toMatchObject({ count: 7 })
    expect(found?.examples).toHaveLength(3)
  })

  test('fits together also after a device was deleted during its rollout', async () => {
    await scene.admin.ok('deleteDevice', { params: { uuid: walled.device.uuid } })
    await scene.settled()
    expect(await broken()).toEqual([])
  })
})

test('a store that no gateway has used is told as such', async () => {
  const empty = await openPglite(null, fail, await emptyDump())
  try {
    expect(await checkStore(empty.db, await readMigrations(migrationsFolder), [])).toEqual([
      {
        rule: 'The tables are as this Wheelhouse makes them.',
        count: 1,
        examples: ['the store is empty: no gateway has used it'],
      },
    ])
  } finally {
    await empty.close()
  }
})
