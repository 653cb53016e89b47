import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { rolloutReport } from '#contract/rollout-report'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'

describeOnStores('what is told of a rollout', ({ open }) => {
  const on = rolloutScene(open)
  const params = (rolloutId: number) => ({ params: { rolloutId } })
  /** Limits that one failing device of three passes. */
  const touchy = {
    phases: [{ name: 'Canary', reach: { kind: 'percent', percent: 100 }, soakSeconds: 30 }],
    maxUpdating: null,
    includesPinned: false,
    gates: { minimumSample: 1, maxFailurePercent: 10, onTrip: 'pause' },
  }

  test('every time it stands still is kept, with who and why, until it goes on', async () => {
    const id = await on.start()
    await on.scene.admin.ok('actOnRollout', {
      params: { rolloutId: id, verb: 'pause' },
      body: { reason: 'Lunch' },
    })
    expect((await on.read(id)).pauses).toMatchObject([{ to: null, reason: 'Lunch' }])
    await on.act(id, 'pause')
    on.scene.app.clock.advance(60_000)
    await on.act(id, 'resume')
    on.scene.app.clock.advance(60_000)
    await on.act(id, 'pause')
    on.scene.app.clock.advance(60_000)
    await on.act(id, 'abort')
    const { pauses } = await on.read(id)
    expect(pauses).toHaveLength(2)
    for (const { from, to } of pauses) expect(Date.parse(to ?? '') - Date.parse(from)).toBe(60_000)
  })

  test('a gate that stops a rollout is kept with its figures, also when devices have gone back', async () => {
    const id = await on.start({ plan: touchy })
    await on.devices[0]?.reports(on.next, 'rejected')
    const tripped = await on.read(id)
    expect(tripped).toMatchObject({ state: 'paused', gate: { phaseIndex: 0, isFinal: false } })
    expect(tripped.pauses).toMatchObject([{ actor: 'Wheelhouse', reason: tripped.haltReason, to: null }])
    await on.act(id, 'roll-back')
    for (const device of on.devices) await device.runs(on.old)
    const { gate, state } = await on.read(id)
    expect(state).toBe('rolled-back')
    expect(gate).toMatchObject({ phaseIndex: 0, isFinal: true })
    expect(gate?.criteria.find((one) => one.code === 'failures')).toMatchObject({
      value: 100,
      sample: 1,
      verdict: 'trip',
    })
  })

  test('the devices of one reason are listed by its key, with when they failed, also after they went back', async () => {
    const id = await on.start({ plan: touchy })
    await on.devices[0]?.reports(on.next, 'rejected')
    const failedAt = new Date(on.scene.app.clock.now()).toISOString()
    const [failure] = (await on.read(id)).failures
    const list = (key: string) =>
      on.scene.admin.ok('listRolloutDevices', { ...params(id), query: { failure: key } })
    expect((await list(failure?.key ?? '')).rows).toMatchObject([{ uuid: on.devices[0]?.uuid, failedAt }])
    expect((await list('0'.repeat(32))).total).toBe(0)
    on.scene.app.clock.advance(60_000)
    await on.act(id, 'roll-back')
    for (const device of on.devices) await device.runs(on.old)
    expect((await list(failure?.key ?? '')).rows).toMatchObject([{ state: 'rolled-back', failedAt }])
    await on.scene.admin.refused('listRolloutDevices', 400, { ...params(id), query: { failure: 'x' } })
  })

  test('the timeline is read to its beginning without a gap or a double', async () => {
    const id = await on.start()
    for (let turn = 0; turn < 4; turn++) {
      await on.act(id, 'pause')
      await on.act(id, 'resume')
    }
    const seen: number[] = []
    let after: string | undefined
    do {
      const page = await on.scene.admin.ok('listRolloutEvents', { ...params(id), query: { limit: 3, after } })
      seen.push(...page.rows.map((row) => row.id))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(seen).toEqual((await on.read(id)).timeline.map((entry) => entry.id))
    expect(seen).toHaveLength(10)
    await on.scene.admin.refused('listRolloutEvents', 404, params(999_999))
  })

  test('a report holds the gates that passed, who was left out and why, and the timeline from its start', async () => {
    await on.pin(on.devices[2], on.old.id)
    const id = await on.start()
    const [first, second] = on.devices
    const before = await on.scene.admin.ok('getRolloutReport', params(id))
    expect(before.gates).toMatchObject([{ phaseIndex: 0, isFinal: false }])
    for (const device of [first, second]) await device?.runs(on.next)
    await on.soak()
    const report = await on.scene.admin.ok('getRolloutReport', params(id))
    expect(report).toMatchObject({
      rollout: { id, state: 'completed' },
      gates: [{ phaseIndex: 0, isFinal: true, criteria: [{ code: 'success', value: 100 }, {}, {}] }],
      notUpdated: [{ state: 'skipped', count: 1, devices: [{ uuid: on.devices[2]?.uuid }] }],
      isTimelineCut: false,
    })
    expect(report.timeline.map((entry) => entry.action)).toEqual([
      'rollout.start',
      'rollout.phase-opened',
      'rollout.phase-passed',
      'rollout.completed',
    ])
    await on.scene.admin.refused('getRolloutReport', 404, params(999_999))
  })

  test('the export has every device, as CSV that no spreadsheet runs, and as JSON', async () => {
    await sql`
      insert into device (uuid, fleet_id, device_type, name, key_hash, target_release_id)
      select md5(${on.fleet.uuid} || n), ${on.fleet.id}, 'raspberrypi4-64', 'device ' || n, md5(${on.fleet.uuid} || n),
        ${on.old.id}::bigint from generate_series(1, 1100) n`.execute(on.scene.app.db)
    await sql`update device set name = '=1+1,"x"' where id = ${on.devices[0]?.id ?? 0}`.execute(
      on.scene.app.db,
    )
    const id = await on.start()
    const csv = await on.scene.admin.send('exportRollout', { ...params(id), query: { format: 'csv' } })
    expect(csv.headers['content-type']).toContain('text/csv')
    expect(csv.headers['content-disposition']).toContain(`rollout-${id}-devices.csv`)
    const lines = csv.body.trimEnd().split('\r\n')
    expect(lines).toHaveLength(1 + 1103)
    expect(new Set(lines.slice(1).map((line) => line.split(',')[0])).size).toBe(1103)
    expect(csv.body).toContain(`"'=1+1,""x"""`)
    const json = await on.scene.admin.send('exportRollout', { ...params(id), query: { format: 'json' } })
    const { report, devices } = json.json<{ report: unknown; devices: unknown[] }>()
    expect(rolloutReport.parse(report).rollout.id).toBe(id)
    expect(devices).toHaveLength(1103)
    await on.scene.admin.refused('exportRollout', 404, params(999_999))
  })
})
