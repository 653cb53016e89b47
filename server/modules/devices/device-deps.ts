import type { Transaction } from 'kysely'
import type { DeviceDetail } from '#contract/device'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub } from '../../platform/hub.ts'
import { Problem } from '../../platform/problem.ts'
import type { BulkDeps } from './bulk.service.ts'
import type { DeviceList } from './device-list.ts'
import { readDevice, type JudgeLayers } from './device-detail.store.ts'

export type DeviceDeps = BulkDeps & {
  hub: Hub
  judgeLayers: JudgeLayers
  list: DeviceList
  /** Tells a device that what it should run may have changed. */
  nudgeDevice: (deviceId: number) => void
  /** A device that is about to be deleted counts in no rollout any more; answers what to publish after the commit. */
  leaveRollouts: (trx: Transaction<Schema>, deviceId: number) => Promise<readonly Change[]>
}

/** The device, or 404. */
export async function existing(deps: DeviceDeps, uuid: string): Promise<DeviceDetail> {
  const device = await readDevice(deps.db, uuid, deps.judgeLayers)
  if (!device) throw Problem.notFound('device', uuid)
  return device
}
