/** Of itself, without a schema: what the page needs before its first data must not bring all schemas along. */

/**
 * From the device's own polls (device-protocol section 4): `late` after 1.5 poll intervals without a poll,
 * `offline` 15 s after that, `never` when it registered but was never heard.
 */
export const connectivities = ['online', 'late', 'offline', 'never'] as const

export const updateStates = [
  'idle',
  'waiting',
  'downloading',
  'downloaded',
  'applying',
  'rejected',
  'aborted',
] as const

export const deviceSorts = [
  'trouble',
  'name',
  'lastSeen',
  'release',
  'os',
  'type',
  'cpu',
  'temperature',
  'memory',
  'storage',
] as const

/** What the page of devices asks for first; the gateway names that call together with the page. */
export const FIRST_DEVICES = { sort: 'trouble', direction: 'asc', limit: 100 } as const

/** Devices whose rows one page can watch. */
export const MAX_WINDOW_DEVICES = 300
