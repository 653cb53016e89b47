import { defaultRolloutPlan } from '#contract/rollout-plan'
import type { ReleaseDetail, ReleaseService } from '#contract/release'
import {
  rolloutDeviceStates,
  type RolloutDetail,
  type RolloutDevice,
  type RolloutPreview,
} from '#contract/rollout'

const commit = 'c'.repeat(32)
type Counts = RolloutDetail['counts']

/** Counts by state; those not named are 0. */
export const someCounts = (own: Partial<Counts> = {}): Counts => ({
  ...(Object.fromEntries(rolloutDeviceStates.map((state) => [state, 0])) as Counts),
  ...own,
})

/** An open phase of ten devices. */
export const aPhase = (
  own: Partial<RolloutDetail['phases'][number]> = {},
): RolloutDetail['phases'][number] => ({
  name: 'Everyone',
  reach: { kind: 'percent', percent: 100 },
  soakSeconds: 30,
  approval: 'auto',
  approver: 'release-manager',
  index: 0,
  isControl: false,
  total: 10,
  counts: someCounts(),
  state: 'open',
  openedAt: '2026-01-15T12:00:00.000Z',
  passedAt: null,
  isSkipped: false,
  ...own,
})

/** A running rollout of one phase to ten devices. */
export function aRollout(own: Partial<RolloutDetail> = {}): RolloutDetail {
  const counts = own.counts ?? someCounts({ succeeded: 4, downloading: 2, waiting: 3, offline: 1 })
  return {
    id: 7,
    fleetId: 1,
    fleetName: 'Kiosks',
    target: { kind: 'release', release: { id: 3, semver: '2.4.0', commit } },
    state: 'running',
    createdAt: '2026-01-15T12:00:00.000Z',
    createdBy: 'Release manager',
    finishedAt: null,
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts,
    plan: defaultRolloutPlan,
    note: '',
    filter: null,
    previousReleases: [{ release: { id: 2, semver: '2.3.0', commit }, count: 6 }],
    previousOsVersions: [],
    phases: [aPhase({ counts })],
    gate: null,
    haltReason: null,
    bytes: {
      sentBytes: 40_000_000,
      fullBytes: 400_000_000,
      remainingBytes: 60_000_000,
      reportedDevices: 3,
      estimatedDevices: 1,
    },
    failures: [],
    samples: [],
    timeline: [],
    pauses: [],
    ...own,
  }
}

/** A device of that rollout, downloading. */
export function aRolloutDevice(own: Partial<RolloutDevice> = {}): RolloutDevice {
  return {
    uuid: 'a'.repeat(32),
    name: 'quick-crane',
    deviceType: 'intel-nuc',
    phaseIndex: 0,
    state: 'downloading',
    percent: 20,
    reason: null,
    previousRelease: { id: 2, semver: '2.3.0', commit },
    previousOsVersion: null,
    sentBytes: null,
    fullBytes: null,
    connectivity: 'online',
    lastSeenAt: '2026-01-15T12:00:00.000Z',
    failedAt: null,
    updatedAt: '2026-01-15T12:00:00.000Z',
    ...own,
  }
}

/** A service without sizes. */
export const aService = (own: Partial<ReleaseService> = {}): ReleaseService => ({
  name: 'main',
  image: 'registry.example/main:1',
  digest: null,
  architecture: 'amd64',
  updateStrategy: 'download-then-kill',
  labels: {},
  environment: {},
  sizeBytes: null,
  layers: [],
  ...own,
})

/** A final release of one service that six devices run. */
export function aRelease(own: Partial<ReleaseDetail> = {}): ReleaseDetail {
  return {
    id: 3,
    fleetId: 1,
    fleetName: 'Kiosks',
    semver: '2.4.0',
    commit,
    status: 'final',
    notes: '',
    serviceCount: 1,
    sizeBytes: 84_000_000,
    createdAt: '2026-01-15T12:00:00.000Z',
    createdBy: 'Release manager',
    runningCount: 6,
    targetCount: 10,
    isFleetTarget: false,
    deviceTypes: [],
    composeYaml: 'services:\n  main:\n    image: registry.example/main:1\n',
    services: [aService()],
    failureReason: null,
    finalisedAt: '2026-01-15T12:00:00.000Z',
    runningHealth: { ok: 5, critical: 1 },
    ...own,
  }
}

/** 70 of 100 devices would be updated in one phase; 12 of them are offline. */
export const aPreview = (own: Partial<RolloutPreview> = {}): RolloutPreview => ({
  total: 100,
  willUpdate: 70,
  alreadyRunning: 10,
  pinned: 5,
  incompatible: [
    { deviceType: 'raspberrypi3', count: 15, reason: 'The release has no images for this device type' },
  ],
  offline: 12,
  estimatedBytes: 1_200_000_000,
  fullBytes: 5_600_000_000,
  conflict: null,
  phases: [{ name: 'Everyone', isControl: false, devices: 70, offline: 12, estimatedBytes: 1_200_000_000 }],
  incompatibleDevices: [],
  offlineDevices: [],
  pinnedDevices: [],
  unknownZones: 0,
  unknownZoneDevices: [],
  estimate: { minimumMinutes: 0.5, basis: 'Counted: 0.5 minutes of soak in 1 phase.' },
  ...own,
})
