import type { OutputFile } from '#contract/device-socket'
import type { Session } from '../device/session.ts'
import { activeVersion } from '../device/os-slots.ts'

/** What a supervisor can say of the device it runs on, as text. */
export function collectDiagnostics(session: Session): OutputFile[] {
  const { disk, plan, link, around, boot } = session
  const { engine } = disk
  const device = [
    `time on the device: ${new Date(around.clockMs()).toISOString()}`,
    `booted at: ${boot.at} (${boot.reason})`,
    `host OS: balenaOS ${activeVersion(disk.slots)}`,
    `supervisor: ${plan.supervisorVersion}, restarted ${disk.supervisorRestarts} times`,
    `address: ${plan.ipAddress}`,
    `MAC: ${plan.macAddress}`,
    `network: ${link.isUp ? 'up' : 'down'}`,
    `update lock held: ${around.conditions().isLocked ? 'yes' : 'no'}`,
  ]
  const containers = engine.containers.map((container) =>
    [
      container.service,
      container.status,
      container.isHeld ? 'stopped on purpose' : `crashed ${container.crashes} times`,
      `last exit code ${engine.exitCodes.get(container.service) ?? '-'}`,
      container.image,
    ].join('  '),
  )
  const commands = [...disk.journal.entries.values()].map(
    ({ command, state, message }) => `${command.id}  ${command.kind}  ${state}  ${message}`,
  )
  return [
    { name: 'device.txt', text: `${device.join('\n')}\n` },
    { name: 'containers.txt', text: `${containers.join('\n')}\n` },
    { name: 'images.txt', text: `${[...engine.images.keys()].join('\n')}\n` },
    { name: 'commands.txt', text: `${commands.slice(-100).join('\n')}\n` },
  ]
}
