import { describe, expect, test } from 'vitest'
import { deviceAnswer } from '../../testing/balena-answers.ts'
import { connectivityOf, deviceOf, type DeviceLinks } from './device-answer.rules.ts'

const type = { slug: 'raspberrypi4-64', name: 'Raspberry Pi 4', architecture: 'aarch64' } as const
const links: DeviceLinks = {
  fleetUuid: (id) => (id === 1 ? 'f1' : undefined),
  deviceType: (id) => (id === 5 ? type : undefined),
  commit: (id) =>
    new Map([
      [11, 'c11'],
      [12, 'c12'],
    ]).get(id),
  image: (id) =>
    new Map([
      [21, { service: 'main', image: 'r/main@sha256:1' }],
      [22, { service: 'main', image: 'r/main@sha256:2' }],
    ]).get(id),
}
const read = (more: Parameters<typeof deviceAnswer>[0]) => deviceOf(deviceAnswer(more), links)
const appOf = (more: Parameters<typeof deviceAnswer>[0]) => read(more)?.report.apps?.['f1']
const install = (
  image: number,
  release: number,
  status: string,
  download_progress: number | null = null,
) => ({
  installs__image: { __id: image },
  is_provided_by__release: { __id: release },
  status,
  download_progress,
})

describe('how alive a device is', () => {
  test.each([
    ['online', false, 'online'],
    ['timeout', false, 'late'],
    ['offline', false, 'offline'],
    ['unknown', false, 'never'],
    ['offline', true, 'online'],
    ['timeout', true, 'online'],
  ])('heartbeat %s, connected to the VPN: %s is %s', (api_heartbeat_state, is_connected_to_vpn, expected) => {
    expect(connectivityOf(deviceAnswer({ api_heartbeat_state, is_connected_to_vpn }))).toBe(expected)
  })

  test('is so since its heartbeat changed, or since it is connected where only that says that it is there', () => {
    const told = {
      changed_api_heartbeat_state_on__date: '2026-01-15T10:00:00.000Z',
      last_connectivity_event: '2026-01-15T11:30:00.000Z',
    }
    const since = (api_heartbeat_state: string, is_connected_to_vpn: boolean) =>
      read({ ...told, api_heartbeat_state, is_connected_to_vpn })?.connectivityChangedAt?.toISOString()
    expect(since('online', true)).toBe('2026-01-15T10:00:00.000Z')
    expect(since('offline', false)).toBe('2026-01-15T10:00:00.000Z')
    expect(since('offline', true)).toBe('2026-01-15T11:30:00.000Z')
    expect(read({ changed_api_heartbeat_state_on__date: null })?.connectivityChangedAt).toBeNull()
  })
})

describe('what a device reports', () => {
  test('are the services of what it runs; what is told done of the same release is no update', () => {
    expect(appOf({ image_install: [install(21, 11, 'Running', 100)], update_status: 'done' })).toEqual({
      release_uuid: 'c11',
      releases: { c11: { services: { main: { image: 'r/main@sha256:1', status: 'Running' } } } },
    })
  })

  test('how an update goes is said of the release it should run', () => {
    const app = appOf({
      should_be_running__release: { __id: 12 },
      update_status: 'downloading',
      image_install: [install(21, 11, 'Running', 70), install(22, 12, 'Downloading', 40)],
    })
    expect(app?.releases).toEqual({
      // The progress of what runs is from when it was downloaded.
      c11: { services: { main: { image: 'r/main@sha256:1', status: 'Running' } } },
      c12: {
        update_status: 'downloading',
        services: { main: { image: 'r/main@sha256:2', status: 'Downloading', download_progress: 40 } },
      },
    })
  })

  test('an update that was told of and has nothing installed yet is told too', () => {
    const app = appOf({ should_be_running__release: { __id: 12 }, update_status: 'rejected' })
    expect(app?.releases).toEqual({ c12: { update_status: 'rejected', services: {} } })
  })

  test.each(['done', 'dancing', null])('%s is no update that is under way', (update_status) => {
    expect(appOf({ should_be_running__release: { __id: 12 }, update_status })?.releases).toEqual({})
  })

  test('releases and images that are not known are left out', () => {
    const app = appOf({
      is_running__release: { __id: 99 },
      should_be_running__release: { __id: 98 },
      update_status: 'downloading',
      image_install: [install(21, 99, 'Running'), install(29, 11, 'Running')],
    })
    expect(app).toEqual({ releases: {} })
  })
})

test('a device of a fleet or a type that is not read is none', () => {
  expect(read({ belongs_to__application: { __id: 2 } })).toBeNull()
  expect(read({ belongs_to__application: null })).toBeNull()
  expect(read({ is_of__device_type: { __id: 6 } })).toBeNull()
})

test('its pin is a commit, its tags are texts', () => {
  const device = read({
    is_pinned_on__release: { __id: 12 },
    device_tag: [
      { tag_key: 'site', value: 'north' },
      { tag_key: 'bare', value: null },
    ],
  })
  expect(device).toMatchObject({ pin: 'c12', tags: { site: 'north', bare: '' } })
})
