import type { FleetSummary, Variable } from '#contract/fleet'

/** A fleet with nothing wrong and 40 devices. */
export function aFleet(own: Partial<FleetSummary> = {}): FleetSummary {
  return {
    id: 1,
    uuid: 'a'.repeat(32),
    name: 'Greenhouse sensors',
    deviceType: {
      slug: 'raspberrypi4-64',
      name: 'Raspberry Pi 4 (64-bit)',
      architecture: 'aarch64',
      osVersions: ['6.5.3'],
    },
    policy: { kind: 'track-latest' },
    targetRelease: { id: 5, semver: '2.1.0', commit: 'b'.repeat(32) },
    createdAt: '2026-01-01T00:00:00.000Z',
    devices: { total: 40, online: 40, late: 0, offline: 0, never: 0, updating: 0 },
    health: { critical: 0, attention: 0, unknown: 0, ok: 40 },
    topReasons: [],
    releaseSpread: [
      { release: { id: 5, semver: '2.1.0', commit: 'b'.repeat(32) }, isOther: false, count: 40 },
    ],
    lastHour: { wentOffline: 0, cameBack: 0, updated: 0, updateFailed: 0, healthWorsened: 0 },
    activeRollout: null,
    ...own,
  }
}

let variableId = 0
/** An environment variable of a fleet. */
export function aVariable(own: Partial<Variable> = {}): Variable {
  return {
    id: ++variableId,
    kind: 'environment',
    scope: 'fleet',
    service: null,
    name: 'INTERVAL',
    value: '1',
    isEffective: true,
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...own,
  }
}
