import { expect, test } from 'vitest'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import type { CallInput } from '../../testing/test-client.ts'

describeOnStores('the list of rollouts', ({ open }) => {
  const on = rolloutScene(open)
  const list = (query: NonNullable<CallInput<'listRollouts'>['query']>) =>
    on.scene.admin.ok('listRollouts', { query })

  test('is paged newest first without a gap or a double, and counted whole', async () => {
    const ids: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      const id = await on.start()
      await on.act(id, 'abort')
      for (const device of on.devices) await device.runs(on.old)
      ids.unshift(id)
    }
    const read: number[] = []
    let after: string | undefined
    do {
      const page = await list({ fleetId: on.fleet.id, limit: 2, ...(after === undefined ? {} : { after }) })
      expect(page).toMatchObject({ total: 5, stateCounts: { aborted: 5, running: 0 } })
      read.push(...page.rows.map((row) => row.id))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(read).toEqual(ids)
    await on.scene.admin.refused('listRollouts', 400, { query: { after: 'nonsense' } })
  })

  test('is searched by version, commit, fleet, creator and number; states are counted with the other filters', async () => {
    const id = await on.start()
    const found = async (q: string) => (await list({ q, fleetId: on.fleet.id })).rows.map((row) => row.id)
    for (const q of ['2.0', on.next.commit.slice(0, 8), on.fleet.name.toUpperCase(), 'TEST ADMIN', `#${id}`])
      expect(await found(q), q).toEqual([id])
    for (const q of ['2_0', '%', '3.0', '#0']) expect(await found(q), q).toEqual([])
    const other = await list({ fleetId: on.fleet.id, state: ['paused'] })
    expect(other).toMatchObject({ rows: [], total: 0, stateCounts: { running: 1, paused: 0 } })
  })
})
