import { z } from 'zod'
import { commaList, deviceUuid } from '#contract/query'
import { rolloutDeviceState } from '#contract/rollout'

/** What of a rollout's devices is shown, held in the URL. `after`: the page of the list. */
export const rolloutSearch = z.object({
  q: z.string().max(200).default(''),
  state: commaList(rolloutDeviceState),
  after: z.string().max(500).optional(),
  /** The failure whose devices are listed, by its key. */
  failure: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  /** The device of that failure whose log lines are shown. */
  log: deviceUuid.optional(),
  /** The state whose cells stand out on the wall. */
  wall: rolloutDeviceState.optional(),
  /** The counts over time as a picture or as figures. */
  history: z.enum(['chart', 'table']).default('chart'),
})
export type RolloutSearch = z.output<typeof rolloutSearch>
