import { devices, releases, type DeviceAnswer, type ReleaseAnswer } from '../sources/balena/balena-model.ts'
import type { z } from 'zod'

type ToldRelease = z.input<typeof releases>['d'][number]
type ToldDevice = z.input<typeof devices>['d'][number]

function only<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined) throw new Error('there is no row')
  return row
}

/** A release as a balena backend answers it: final, of the application 1, with one image of the service 7. */
export const releaseAnswer = (more: Partial<ToldRelease> = {}): ReleaseAnswer =>
  only(
    releases.parse({
      d: [
        {
          id: 11,
          commit: 'c0ffee',
          raw_version: '1.0.0',
          status: 'success',
          is_final: true,
          is_finalized_at__date: '2026-01-10T08:10:00.000Z',
          is_invalidated: false,
          created_at: '2026-01-10T08:00:00.000Z',
          modified_at: '2026-01-10T08:10:00.000Z',
          start_timestamp: '2026-01-10T07:59:00.000Z',
          belongs_to__application: { __id: 1 },
          release_image: [
            {
              image: [
                {
                  id: 21,
                  is_stored_at__image_location: 'registry.example.com/v2/abc',
                  content_hash: 'sha256:1',
                  image_size: '1234',
                  is_a_build_of__service: { __id: 7 },
                },
              ],
            },
          ],
          ...more,
        },
      ],
    }).d,
  )

/** A device as a balena backend answers it: it polls, is of the application 1 and the type 5, and runs the release 11. */
export const deviceAnswer = (more: Partial<ToldDevice> = {}): DeviceAnswer =>
  only(
    devices.parse({
      d: [
        {
          id: 31,
          uuid: 'd31',
          device_name: 'pump 1',
          created_at: '2026-01-11T08:00:00.000Z',
          modified_at: '2026-01-15T11:59:00.000Z',
          api_heartbeat_state: 'online',
          changed_api_heartbeat_state_on__date: '2026-01-15T11:00:00.000Z',
          is_connected_to_vpn: false,
          last_connectivity_event: null,
          belongs_to__application: { __id: 1 },
          is_of__device_type: { __id: 5 },
          is_running__release: { __id: 11 },
          is_pinned_on__release: null,
          should_be_running__release: { __id: 11 },
          image_install: [],
          device_tag: [],
          ...more,
        },
      ],
    }).d,
  )
