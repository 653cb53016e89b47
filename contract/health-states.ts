/** Of itself, without a schema: what the page needs before its first data must not bring all schemas along. */

/** Worst first. `unknown`: the device cannot be heard or never was. */
export const healthStates = ['critical', 'attention', 'unknown', 'ok'] as const
export type Health = (typeof healthStates)[number]

export const healthCodes = [
  'offline',
  'never-seen',
  'late',
  'undervoltage',
  'cpu-temperature',
  'storage-nearly-full',
  'memory-pressure',
  'memory-leak',
  'unexpected-reboot',
  'watchdog-reboot',
  'os-rollback',
  'flaky-network',
  'supervisor-hung',
  'supervisor-restarting',
  'service-crash-loop',
  'service-not-running',
  'service-wrong-release',
  'update-locked',
  'update-stuck',
  'update-rejected',
  'clock-skew',
] as const
