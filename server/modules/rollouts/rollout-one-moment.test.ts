import type { KyselyPlugin } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import { readRollout } from './rollouts.store.ts'

/** Begins something as soon as the first statement of a read has been answered. */
function afterFirstAnswer(begin: () => void): KyselyPlugin {
  let isFirst = true
  return {
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) => {
      if (isFirst) begin()
      isFirst = false
      return Promise.resolve(result)
    },
  }
}

describeOnStores('a rollout is read of one moment', ({ open }) => {
  const on = rolloutScene(open)

  test('one that turns back in the middle of a read is told as it was before, whole', async () => {
    const id = await on.start()
    for (const device of on.devices) await device.runs(on.next)
    const before = await on.read(id)
    expect(before).toMatchObject({ state: 'running', counts: { verifying: 3, offered: 0 } })
    let turned: Promise<unknown> = Promise.resolve()
    const disturbed = on.database.db.withPlugin(
      afterFirstAnswer(() => {
        turned = on.act(id, 'roll-back')
      }),
    )
    expect(await readRollout(disturbed, id)).toEqual(before)
    await turned
    expect(await on.read(id)).toMatchObject({ state: 'rolling-back', counts: { verifying: 0, offered: 3 } })
  })
})
