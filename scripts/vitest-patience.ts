/**
 * How long tests wait for a condition. Vitest gives up after one second, which on a busy machine is an assertion about time;
 * for `expect.poll` its configuration says otherwise, for these two only a default of their own does.
 */
import { vi } from 'vitest'

const PATIENCE_MS = 15_000

const patient = <Options extends object>(options: number | Options = PATIENCE_MS) =>
  typeof options === 'number' ? { timeout: options } : { timeout: PATIENCE_MS, ...options }

const { waitFor, waitUntil } = vi
const waitPatiently: typeof waitFor = (callback, options) => waitFor(callback, patient(options))
// This is run for each file, and files of one worker may share `vi`.
if (waitFor.name !== waitPatiently.name) {
  vi.waitFor = waitPatiently
  vi.waitUntil = (callback, options) => waitUntil(callback, patient(options))
}
