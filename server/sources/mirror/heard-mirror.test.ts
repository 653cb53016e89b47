import { expect, test } from 'vitest'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import { keepPollIntervals } from './heard-mirror.store.ts'

describeOnStores('how often mirrored devices poll', ({ open }) => {
  const on = rolloutScene(open)

  test('is what the backend gives them, or longer where a variable of fleet or device says so', async () => {
    const { db } = on.scene.app
    const rows = await Promise.all(on.devices.map((device) => device.row()))
    const [first] = rows
    const intervals = async () => {
      await keepPollIntervals(db, 60_000)
      const now = await Promise.all(on.devices.map((device) => device.row()))
      return now.map((row) => row.poll_interval_ms)
    }
    const before = await intervals()
    for (const row of rows)
      await db
        .insertInto('source_device')
        .values({ device_id: row.id, pin_release_id: null, fingerprint: '' })
        .execute()
    expect(before).toEqual(rows.map((row) => row.poll_interval_ms))
    expect(await intervals()).toEqual([60_000, 60_000, 60_000])

    const variable = {
      kind: 'configuration' as const,
      fleet_id: on.fleet.id,
      service_name: null,
      updated_at: on.scene.app.clock.now(),
    }
    await db
      .insertInto('variable')
      .values([
        {
          ...variable,
          device_id: first?.id ?? 0,
          name: 'RESIN_SUPERVISOR_POLL_INTERVAL',
          value: '900000',
        },
        { ...variable, device_id: null, name: 'BALENA_SUPERVISOR_POLL_INTERVAL', value: '120000' },
        { ...variable, device_id: null, name: 'RESIN_SUPERVISOR_POLL_INTERVAL', value: 'often' },
      ])
      .execute()
    expect(await intervals()).toEqual([900_000, 120_000, 120_000])
  })
})
