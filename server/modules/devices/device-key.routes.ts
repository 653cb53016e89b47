import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import type { DeviceDetail } from '#contract/device'
import type { deviceKeyChange } from '#contract/device-key'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { existing, type DeviceDeps } from './device-deps.ts'
import { revokeKey, setReturn } from './device-key.store.ts'
import { changeDevice, type What } from './device-writes.routes.ts'

type KeyChange = z.output<typeof deviceKeyChange>

/** Whether the key is as it would be after the change: asked twice, it is done once. */
function isDone({ key }: DeviceDetail, { change }: KeyChange): boolean {
  if (change === 'revoke') return key.state === 'revoked'
  if (key.state !== 'revoked')
    throw Problem.conflict(
      'key-not-revoked',
      'Its key is not revoked, so that it needs no leave to come back',
    )
  return change === 'forbid-return' && key.mayReturnUntil === null
}

function wordsOf(asked: KeyChange): string {
  switch (asked.change) {
    case 'revoke':
      return `Revoked its key: ${asked.reason}`
    case 'allow-return':
      return `Allowed it to come back with another key within ${asked.hours} h: ${asked.reason}`
    case 'forbid-return':
      return `No longer lets it come back with another key: ${asked.reason}`
  }
}

/** Locking a device out by its key, and letting it back in. */
export function registerDeviceKey(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.changeDeviceKey, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    if (isDone(device, body)) return device
    const { id: deviceId, uuid, fleetId } = device
    const what: What = {
      kind: 'action',
      action: `device.key-${body.change}`,
      summary: wordsOf(body),
      data: { reason: body.reason },
    }
    return changeDevice(deps, device, caller, what, async (trx) => {
      const at = deps.now()
      if (body.change === 'revoke')
        await revokeKey(trx, deviceId, { by: caller.name, reason: body.reason, at })
      else await setReturn(trx, deviceId, body.change === 'allow-return' ? body.hours : null, at)
      return [{ kind: 'device', deviceId, uuid, fleetId, aspects: new Set(['key']) }]
    })
  })
}
