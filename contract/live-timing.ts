/** The gateway coalesces per topic to one patch in this many milliseconds. */
export const COALESCE_MS = 200
/** Without a patch or a heartbeat for three of these the page calls itself stale. */
export const HEARTBEAT_MS = 5_000
