import type { ActionKind } from '#contract/device-action'
import type { SourceAction } from '../fleet-source.ts'
import { CannotDo, SourceFailure } from '../source-failure.ts'
import type { BalenaClient } from './balena-client.ts'

type Call = { path: string; data: Record<string, unknown> }
type CallOf = (action: SourceAction, fleetId: number) => Call

const plain =
  (path: string): CallOf =>
  ({ isForced }) => ({ path, data: { force: isForced } })
const ofService =
  (verb: string): CallOf =>
  ({ serviceName, isForced }, fleetId) => ({
    path: `/supervisor/v2/applications/${fleetId}/${verb}`,
    data: { serviceName, force: isForced },
  })
const ofFleet =
  (path: string): CallOf =>
  ({ isForced }, fleetId) => ({ path, data: { appId: fleetId, force: isForced } })

/** The supervisor's own API, which the backend hands on to devices that are connected to its VPN. */
const calls: Partial<Record<ActionKind, CallOf>> = {
  reboot: plain('/supervisor/v1/reboot'),
  shutdown: plain('/supervisor/v1/shutdown'),
  identify: plain('/supervisor/v1/blink'),
  'update-now': plain('/supervisor/v1/update'),
  'restart-application': ofFleet('/supervisor/v1/restart'),
  purge: ofFleet('/supervisor/v1/purge'),
  'restart-service': ofService('restart-service'),
  'start-service': ofService('start-service'),
  'stop-service': ofService('stop-service'),
}

/** Asks the device through the backend; resolves when the supervisor took it. */
export async function askSupervisor(
  client: BalenaClient,
  action: SourceAction,
  fleetId: number,
): Promise<void> {
  const call = calls[action.kind]?.(action, fleetId)
  if (!call) throw new CannotDo('device-actions', `The supervisor has no call for this over ${client.host}.`)
  try {
    await client.post(call.path, { uuid: action.uuid, data: call.data })
  } catch (error) {
    // 404 is the proxy's word for a device that is not connected to the VPN.
    if (error instanceof SourceFailure && error.code === 'address' && error.status === 404)
      throw new SourceFailure(
        'unexpected',
        `The device is not connected to the VPN of ${client.host}, over which alone it can be asked.`,
        { status: 404, cause: error },
      )
    throw error
  }
}
