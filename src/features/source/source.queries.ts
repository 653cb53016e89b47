import type { SourceSnapshot } from '#contract/source'
import { callApi } from '@/lib/api'
import { liveQuery } from '@/live/live-query'

/** `heardAtMs`: when this browser was told, by its own clock, which may be wrong. */
export type HeardSource = SourceSnapshot & { heardAtMs: number }

export const sourceQueries = {
  /** Where fleets come from and how old what was read is. */
  status: () =>
    liveQuery<'source', HeardSource>({
      topic: { kind: 'source' },
      queryKey: ['source', 'status'],
      fetch: async (signal) => ({ ...(await callApi('getSource', { signal })), heardAtMs: Date.now() }),
      apply: (before, told) => ({ ...before, ...told, heardAtMs: Date.now() }),
    }),
}
