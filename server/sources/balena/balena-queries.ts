import buildQuery from 'odata-query'

/** The query of a request: `/v7/device?$select=…`. */
export const ask = (resource: string, query: Parameters<typeof buildQuery>[0]): string =>
  `/v7/${resource}${buildQuery(query)}`

/** An instant as the model compares it. */
export const at = (instant: string) => ({ type: 'raw', value: `datetime'${instant}'` }) as const

/** Rows after a place in the order of their changes. */
export const changedAfter = (place: { at: string; id: number }) => ({
  or: [
    { modified_at: { gt: at(place.at) } },
    { and: [{ modified_at: { eq: at(place.at) } }, { id: { gt: place.id } }] },
  ],
})
export const inOrderOfChange = ['modified_at asc', 'id asc']

/** A host's own application and supervisors are applications too; people's fleets are of this class. */
export const isFleet = { and: [{ is_of__class: 'fleet' }, { is_host: false }, { is_archived: false }] }

export const deviceTypeQuery = {
  select: ['id', 'slug', 'name'],
  expand: { is_of__cpu_architecture: { select: ['slug'] } },
}

export const applicationQuery = {
  select: [
    'id',
    'uuid',
    'app_name',
    'is_for__device_type',
    'should_track_latest_release',
    'should_be_running__release',
  ],
  expand: { service: { select: ['id', 'service_name'] } },
  orderBy: ['id asc'],
}

export const releaseQuery = {
  select: [
    'id',
    'commit',
    'raw_version',
    'status',
    'is_final',
    'is_finalized_at__date',
    'is_invalidated',
    'invalidation_reason',
    'is_passing_tests',
    'note',
    'composition',
    'created_at',
    'modified_at',
    'start_timestamp',
    'belongs_to__application',
  ],
  expand: {
    release_image: {
      select: ['id'],
      expand: {
        image: {
          select: [
            'id',
            'is_stored_at__image_location',
            'content_hash',
            'image_size',
            'is_a_build_of__service',
          ],
        },
      },
    },
  },
}

export const deviceQuery = {
  select: [
    'id',
    'uuid',
    'device_name',
    'created_at',
    'modified_at',
    'api_heartbeat_state',
    'changed_api_heartbeat_state_on__date',
    'is_connected_to_vpn',
    'last_connectivity_event',
    'status',
    'os_version',
    'os_variant',
    'supervisor_version',
    'ip_address',
    'public_address',
    'mac_address',
    'memory_usage',
    'memory_total',
    'storage_block_device',
    'storage_usage',
    'storage_total',
    'cpu_usage',
    'cpu_temp',
    'cpu_id',
    'is_undervolted',
    'provisioning_state',
    'provisioning_progress',
    'update_status',
    'belongs_to__application',
    'is_of__device_type',
    'is_running__release',
    'is_pinned_on__release',
    'should_be_running__release',
  ],
  expand: {
    image_install: {
      select: ['installs__image', 'is_provided_by__release', 'status', 'download_progress'],
      filter: { status: { ne: 'deleted' } },
    },
    device_tag: { select: ['tag_key', 'value'] },
  },
}
