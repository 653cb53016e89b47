import { z } from 'zod'
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

/** As the labels say it, in a scenario: for backends whose releases one cannot label. */
export const releaseFault = z.strictObject({
  /** Of the bad release, or how it begins. */
  commit: z.string().regex(/^[0-9a-f]{7,64}$/, 'must be 7 to 64 lower-case hexadecimal characters'),
  service: z.string().min(1).max(255),
  kind: z.enum(serviceFaultKinds),
  exitCode: z.int().min(0).max(255).default(1),
  afterSeconds: z.number().nonnegative().default(6),
  share: z.number().min(0).max(1).default(1),
  deviceTypes: z.array(z.string().max(100)).max(100).default([]),
})
export type ReleaseFault = z.output<typeof releaseFault>

/** What a service of this release does wrong; null: nothing that the scenario knows of. */
export function findReleaseFault(
  faults: readonly ReleaseFault[],
  commit: string,
  service: string,
): ServiceFault | null {
  const found = faults.find((one) => one.service === service && commit.startsWith(one.commit))
  if (!found) return null
  const { kind, exitCode, afterSeconds, share, deviceTypes } = found
  return { kind, exitCode, afterMs: afterSeconds * 1000, share, deviceTypes }
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
