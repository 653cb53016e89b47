import { describe } from 'vitest'
import { openRecordedScene, openRecordingScene } from '../testing/balena-source-scene.ts'
import { describeOnStores } from '../testing/databases.ts'
import { openEmbeddedScene } from '../testing/embedded-source-scene.ts'
import { listsWhatThereIs } from '../testing/source-lists.ts'
import { tellsWhatHappens } from '../testing/source-news.ts'
import type { SourceScene } from '../testing/source-scene.ts'
import { doesWhatItIsTold } from '../testing/source-steering.ts'
import { sourceUnderTest } from '../testing/source-under-test.ts'

/** What every source of fleets promises. The tests follow one upon the other, as days in the life of a fleet. */
function keepsThePromises(open: () => Promise<SourceScene>): void {
  const on = sourceUnderTest(open)
  listsWhatThereIs(on)
  tellsWhatHappens(on)
  doesWhatItIsTold(on)
}

describeOnStores('the gateway itself as a source', (store) =>
  keepsThePromises(() => openEmbeddedScene(store)),
)

const target = process.env['WHEELHOUSE_RECORD_SOURCE']
if (target === undefined)
  describe('a recorded open-balena-api as a source', () => keepsThePromises(openRecordedScene))
else
  describe('an open-balena-api as a source, while it is recorded', () =>
    keepsThePromises(() =>
      openRecordingScene({
        target,
        token: process.env['BALENA_API_TOKEN'] ?? '',
        version: process.env['WHEELHOUSE_RECORD_VERSION'] ?? 'unknown',
      }),
    ))
