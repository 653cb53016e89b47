import { Random } from '../random.ts'

/**
 * What an image does wrong:
 * - `crash-loop`: its process ends soon after every start;
 * - `boot-fail`: its container cannot be started at all;
 * - `memory-leak`: it takes ever more memory;
 * - `silent`: once it runs, the device is not heard any more;
 * - `hang`: it hangs the system, and the hardware watchdog reboots the device.
 */
export const serviceFaultKinds = ['crash-loop', 'boot-fail', 'memory-leak', 'silent', 'hang'] as const
export type ServiceFaultKind = (typeof serviceFaultKinds)[number]

export type ServiceFault = {
  kind: ServiceFaultKind
  exitCode: number
  /** Device time after the start at which it shows. */
  afterMs: number
  /** Types that suffer from it; empty: all. */
  deviceTypes: readonly string[]
  /** Share of the devices that suffer from it, 0 to 1. */
  share: number
}

/** `NAME=value` in `when-variable`: the image fails only where its environment says so. */
function holds(condition: string | undefined, environment: Record<string, string>): boolean {
  if (condition === undefined) return true
  const cut = condition.indexOf('=')
  return cut > 0 && environment[condition.slice(0, cut)] === condition.slice(cut + 1)
}

/** Label of a service in the compose file; the gateway never looks at it, virtual devices act on it. */
export const FAULT_LABEL = 'io.wheelhouse.simulator.fault'

const number = (text: string | undefined, fallback: number) => {
  const value = Number(text)
  return text === undefined || !Number.isFinite(value) ? fallback : value
}

/** Reads the fault labels of a service; null when it has none, an unknown one, or one its environment does not set off. */
export function readServiceFault(
  labels: Record<string, string>,
  environment: Record<string, string> = {},
): ServiceFault | null {
  const kind = serviceFaultKinds.find((known) => known === labels[FAULT_LABEL])
  if (!kind || !holds(labels[`${FAULT_LABEL}.when-variable`], environment)) return null
  return {
    kind,
    exitCode: number(labels[`${FAULT_LABEL}.exit-code`], 1),
    afterMs: number(labels[`${FAULT_LABEL}.after-seconds`], 6) * 1000,
    deviceTypes: (labels[`${FAULT_LABEL}.device-types`] ?? '')
      .split(',')
      .filter((type) => type.trim() !== ''),
    share: number(labels[`${FAULT_LABEL}.share`], 1),
  }
}

/** Whether this device suffers from the fault; the same device always answers the same. */
export function suffers(fault: ServiceFault, service: string, device: { uuid: string; deviceType: string }) {
  const isOfType =
    fault.deviceTypes.length === 0 || fault.deviceTypes.some((type) => type.trim() === device.deviceType)
  return isOfType && new Random(`${device.uuid}/${service}/${fault.kind}`).next() < fault.share
}
