import type { DeviceChannelAction, DeviceChannelResult } from '#contract/events'
import { startContainer, stopContainer } from '../engine/containers.ts'
import type { Container } from '../engine/engine.ts'
import { isUpdatingOs } from '../device/os-slots.ts'
import type { Session } from '../device/session.ts'

/** What an action leads to: an answer now, and perhaps something afterwards. */
export type ActionOutcome = Omit<DeviceChannelResult, 'id'> & { then?: () => void }

const done = (message: string, then?: () => void): ActionOutcome => ({
  status: 'done',
  message,
  ...(then ? { then } : {}),
})
const failed = (message: string): ActionOutcome => ({ status: 'failed', message })

export type ActionTools = {
  session: Session
  pollNow: () => void
  say: (message: string) => void
}

function onService(
  tools: ActionTools,
  action: DeviceChannelAction,
  act: (container: Container) => string,
): ActionOutcome {
  const { engine } = tools.session.disk
  const container = engine.containers.find(
    (one) => one.service === action.serviceName && one.status !== 'Stopping',
  )
  if (!container)
    return failed(`There is no container of the service ${action.serviceName ?? '(none named)'}`)
  return done(act(container))
}

function restart(tools: ActionTools, container: Container): void {
  tools.say(`Restarting service '${container.service} ${container.image}'`)
  startContainer(container)
}

/** Does what the dashboard asked of this device (device-protocol section 8). */
export function act(tools: ActionTools, action: DeviceChannelAction): ActionOutcome {
  const { session } = tools
  const { disk, around } = session
  const isLocked = around.conditions().isLocked && !action.force
  const locked = () => failed('Updates are locked: a service holds updates.lock; use force to override')
  switch (action.kind) {
    case 'identify':
      return done('The LED blinks for 15 s')
    case 'update-now':
      tools.pollNow()
      return done('Asked for the target state')
    case 'restart-service':
      if (isLocked) return locked()
      return onService(tools, action, (container) => {
        restart(tools, container)
        return `Restarted ${container.service}`
      })
    case 'start-service':
      return onService(tools, action, (container) => {
        startContainer(container)
        return `Started ${container.service}`
      })
    case 'stop-service':
      if (isLocked) return locked()
      return onService(tools, action, (container) => {
        tools.say(`Killed service '${container.service} ${container.image}'`)
        Object.assign(container, { status: 'exited', leftMs: Number.POSITIVE_INFINITY, isHeld: true })
        return `Stopped ${container.service}`
      })
    case 'restart-application':
      if (isLocked) return locked()
      for (const container of disk.engine.containers) restart(tools, container)
      return done(`Restarted ${disk.engine.containers.length} services`)
    case 'purge':
      if (isLocked) return locked()
      tools.say('Purging data')
      for (const container of disk.engine.containers) stopContainer(container)
      tools.say('Purged data')
      return done('Purged the volumes; the services start anew')
    case 'reboot':
    case 'shutdown': {
      if (isLocked) return locked()
      if (isUpdatingOs(disk.slots) && !action.force) return failed('Waiting for Host OS update to finish')
      const isReboot = action.kind === 'reboot'
      tools.say(isReboot ? 'Rebooting' : 'Shutting down')
      return isReboot
        ? done('Reboots now', () => around.reboot('requested'))
        : done('Shuts down now; somebody must switch it on again', () => around.shutDown())
    }
  }
}
