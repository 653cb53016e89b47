import { randomBytes } from 'node:crypto'
import type { FleetSummary } from '#contract/fleet'
import { savedLogSearch } from '#contract/log-search'
import type { ReleaseDetail } from '#contract/release'
import type { Scene, SceneDevice } from './scene.ts'

/** A fleet with one of everything that can stand in it; `marker` is in every name and text of it, and nowhere else. */
export type WalledFleet = {
  marker: string
  fleet: FleetSummary
  release: ReleaseDetail
  former: ReleaseDetail
  device: SceneDevice
  rolloutId: number
  actionId: number
  batchId: number
  lineId: number
}

/** Makes one through the routes and the device protocol. */
export async function makeWalledFleet(scene: Scene): Promise<WalledFleet> {
  const marker = `wall${randomBytes(4).toString('hex')}`
  const { admin, app } = scene
  const { id: fleetId } = await scene.fleet()
  const params = { fleetId }
  await admin.ok('updateFleet', { params, body: { name: `Fleet ${marker}` } })
  const { fleet } = await admin.ok('getFleet', { params })
  const former = await scene.release(fleetId, '1.0.0', { notes: `notes ${marker}` })
  await admin.ok('updateFleet', { params, body: { policy: { kind: 'pinned', releaseId: former.id } } })
  const release = await scene.release(fleetId, '2.0.0', { notes: `notes ${marker}` })
  const [device] = await scene.devices(fleet, 1)
  if (!device) throw new Error('no device registered')
  const ofDevice = { uuid: device.uuid }
  await admin.ok('updateDevice', { params: ofDevice, body: { name: `device ${marker}` } })
  await admin.ok('setDeviceTag', { params: { ...ofDevice, key: 'site' }, body: { value: `site-${marker}` } })
  await admin.ok('createDeviceNote', { params: ofDevice, body: { body: `note ${marker}` } })
  await app.runJob('index devices')
  const { id: rolloutId } = await admin.ok('createRollout', { params, body: { releaseId: release.id } })
  const { id: actionId } = await admin.ok('createAction', {
    params: ofDevice,
    body: { kind: 'stop-service', serviceName: 'main', reason: `reason ${marker}` },
  })
  const asked = await admin.ok('bulkDevices', {
    body: {
      selection: { kind: 'uuids', uuids: [device.uuid] },
      operation: { kind: 'action', action: 'stop-service', serviceName: 'main', reason: `reason ${marker}` },
      isPreview: false,
    },
  })
  await admin.ok('saveLogQuery', {
    body: {
      name: `query ${marker}`,
      isShared: true,
      search: savedLogSearch.parse({ device: [device.uuid], text: marker }),
    },
  })
  await printLine(scene, device, `line ${marker}`)
  const { lines } = await admin.ok('searchLogs', { query: { device: [device.uuid] } })
  await scene.settled()
  return {
    marker,
    fleet,
    release,
    former,
    device,
    rolloutId,
    actionId,
    batchId: asked.batchId ?? 0,
    lineId: lines[0]?.id ?? 0,
  }
}

/** The device prints a line, and it is stored. */
export async function printLine({ app }: Scene, device: SceneDevice, message: string): Promise<void> {
  const answer = await app.app.inject({
    method: 'POST',
    url: `/device/v2/${device.uuid}/logs`,
    headers: { authorization: `Bearer ${device.key}` },
    payload: [{ message, timestamp: app.clock.now().getTime(), isSystem: true }],
  })
  if (answer.statusCode >= 300) throw new Error(`the line was refused: ${answer.body}`)
  await app.deviceApi.flush()
}
