import type { CommandResult, DeviceCommand } from '#contract/device-socket'
import { startContainer, stopContainer } from '../engine/containers.ts'
import type { Container } from '../engine/engine.ts'
import { isUpdatingOs } from '../device/os-slots.ts'
import type { Session } from '../device/session.ts'
import { collectDiagnostics } from './diagnostics.ts'

/** How a command ends after `afterMs` of device time; `then` is what ends the boot, and with it this supervisor. */
export type ActionOutcome = Pick<CommandResult, 'status' | 'message' | 'files'> & {
  afterMs: number
  then?: () => void
}

const RESTART_MS = 2_000
const PURGE_MS = 8_000

const done = (message: string, afterMs = 0): ActionOutcome => ({ status: 'done', message, afterMs })
const failed = (message: string): ActionOutcome => ({ status: 'failed', message, afterMs: 0 })

export type ActionTools = {
  session: Session
  pollNow: () => void
  say: (message: string) => void
  /** Begins to change its key. */
  changeKey: (id: string) => void
  /** What volumes held is gone. */
  freeStorage: () => void
}

function restart(tools: ActionTools, container: Container): void {
  const { engine } = tools.session.disk
  tools.say(`Restarting service '${container.service} ${container.image}'`)
  startContainer(container)
  // The container is made anew: what the engine counted of the old one is gone.
  container.crashes = 0
  engine.restarts.set(container.service, 0)
}

function restartService(tools: ActionTools, { serviceName }: DeviceCommand): ActionOutcome {
  const container = tools.session.disk.engine.containers.find(
    (one) => one.service === serviceName && one.status !== 'Stopping',
  )
  if (!container) return failed(`There is no container of the service ${serviceName ?? '(none named)'}`)
  if (container.isHeld) return failed(`${container.service} is stopped; start it first`)
  restart(tools, container)
  return done(`Restarted ${container.service}`, RESTART_MS)
}

function restartApplication(tools: ActionTools): ActionOutcome {
  const running = tools.session.disk.engine.containers.filter((container) => !container.isHeld)
  for (const container of running) restart(tools, container)
  return done(`Restarted ${running.length} services`, RESTART_MS)
}

function purge(tools: ActionTools): ActionOutcome {
  tools.say('Purging data')
  for (const container of tools.session.disk.engine.containers) stopContainer(container)
  tools.freeStorage()
  tools.say('Purged data')
  return done('Purged the volumes; the services start anew', PURGE_MS)
}

function endBoot(tools: ActionTools, { kind, force }: DeviceCommand): ActionOutcome {
  const { disk, around } = tools.session
  if (isUpdatingOs(disk.slots) && !force) return failed('Waiting for Host OS update to finish')
  const isReboot = kind === 'reboot'
  tools.say(isReboot ? 'Rebooting' : 'Shutting down')
  return {
    ...done(isReboot ? 'Reboots now' : 'Shuts down now; somebody must switch it on again'),
    then: isReboot ? () => around.reboot('requested') : () => around.shutDown(),
  }
}

/** Does what the dashboard asked of this device (device-protocol section 8). `later`: it ends by itself. */
export function act(tools: ActionTools, command: DeviceCommand): ActionOutcome | 'later' {
  const { session } = tools
  if (session.around.conditions().isLocked && !command.force && command.kind in lockable)
    return failed('Updates are locked: a service holds updates.lock; use force to override')
  switch (command.kind) {
    case 'identify':
      tools.say('Blinking the LED for 15 s')
      return done('The LED blinks for 15 s')
    case 'update-now':
      tools.pollNow()
      return done('Asked for the target state')
    case 'restart-service':
      return restartService(tools, command)
    case 'restart-application':
      return restartApplication(tools)
    case 'purge':
      return purge(tools)
    case 'reboot':
    case 'shutdown':
      return endBoot(tools, command)
    case 'collect-diagnostics':
      return { ...done('Collected'), files: collectDiagnostics(session) }
    case 'rotate-key':
      tools.changeKey(command.id)
      return 'later'
    case 'stop-service':
    case 'start-service':
    case 'override-lock':
      return failed('This comes with the target state')
  }
}

const lockable = {
  'restart-service': true,
  'restart-application': true,
  purge: true,
  reboot: true,
  shutdown: true,
}
