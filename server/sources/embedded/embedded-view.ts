import type { SourceView } from '../../platform/source-view.ts'

const NAME = 'this gateway'

/** Devices talk to this gateway itself: nothing is missing, nothing is read from elsewhere, and there is no connection to try. */
export const embeddedView: SourceView = {
  kind: 'embedded',
  name: NAME,
  missing: [],
  status: () => ({ kind: 'embedded', name: NAME, address: null, missing: [], reading: null }),
  check: () => Promise.resolve({ isOk: true, steps: [], version: null, actor: null }),
}
