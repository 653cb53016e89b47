import { expect, test } from 'vitest'
import { deviceReport } from '#contract/device-protocol'
import { updateStates, type UpdateState } from '#contract/device'
import { reportOf, type ReportedRow } from './device-report.ts'

const row = (more: Partial<ReportedRow> = {}): ReportedRow => ({
  fleetUuid: 'f',
  targetCommit: 'b',
  currentCommit: 'a',
  updateState: 'waiting',
  services: [
    { releaseCommit: 'a', name: 'main', image: 'main:1', status: 'Running', downloadPercent: null },
    { releaseCommit: 'b', name: 'main', image: 'main:2', status: 'Downloading', downloadPercent: 40 },
  ],
  status: null,
  osVersion: null,
  osVariant: null,
  supervisorVersion: null,
  provisioningState: null,
  provisioningProgress: null,
  ipAddress: null,
  macAddress: null,
  apiPort: null,
  cpuId: null,
  storageBlockDevice: null,
  cpuPercent: null,
  cpuTemperatureC: null,
  memoryUsedMib: null,
  memoryTotalMib: null,
  storageUsedMib: null,
  storageTotalMib: null,
  isUndervolted: null,
  ...more,
})
const appOf = (more: Partial<ReportedRow> = {}) => reportOf(row(more)).apps?.['f']

test('services stand under their releases with image, status and percent', () => {
  const a = { main: { image: 'main:1', status: 'Running' } }
  const b = { main: { image: 'main:2', status: 'Downloading', download_progress: 40 } }
  expect(appOf({ updateState: 'downloading' })).toEqual({
    release_uuid: 'a',
    releases: { a: { update_status: 'done', services: a }, b: { update_status: 'downloading', services: b } },
  })
})

test.each<[UpdateState, string | undefined]>([
  ['idle', undefined],
  ['waiting', undefined],
  ['downloading', 'downloading'],
  ['downloaded', 'downloaded'],
  ['applying', 'applying changes'],
  ['rejected', 'rejected'],
  ['aborted', 'aborted'],
])('a device that is %s says %s of its target', (updateState, status) => {
  expect(appOf({ updateState })?.releases?.['b']?.update_status).toBe(status)
})

test('what was never reported is left out, or null where a report takes it back so', () => {
  const report = reportOf(row({ currentCommit: null, targetCommit: null, services: [], updateState: 'idle' }))
  expect(report.apps).toEqual({ f: { releases: {} } })
  expect(report).not.toHaveProperty('status')
  expect(report).toMatchObject({ os_version: null, cpu_temp: null })
})

test('what is made is a report of the protocol', () => {
  for (const updateState of updateStates) {
    const report = reportOf(row({ updateState, status: 'Idle', isUndervolted: true, apiPort: 48484 }))
    expect(deviceReport.parse(report)).toEqual(report)
  }
})
