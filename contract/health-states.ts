/** Of itself, without a schema: what the page needs before its first data must not bring all schemas along. */

/** Worst first. `unknown`: the device cannot be heard or never was. */
export const healthStates = ['critical', 'attention', 'unknown', 'ok'] as const
export type Health = (typeof healthStates)[number]
