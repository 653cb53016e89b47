import type { KyselyPlugin } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import { readRollout } from './rollouts.store.ts'

/** Does something once the first statement of a read has been answered. */
function afterFirstAnswer(act: () => Promise<unknown> | null): KyselyPlugin {
  let isFirst = true
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      const wasFirst = isFirst
      isFirst = false
      if (wasFirst) await act()
      return result
    },
  }
}

describeOnStores('a rollout is read of one moment', ({ name, open }) => {
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
        // The one connection of PGlite is next for whoever asked next: waited for within a transaction it would never come.
        return name === 'PGlite' ? null : turned
      }),
    )
    expect(await readRollout(disturbed, id)).toEqual(before)
    await turned
    expect(await on.read(id)).toMatchObject({ state: 'rolling-back', counts: { verifying: 0, offered: 3 } })
  })
})
