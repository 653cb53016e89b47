import type { DeviceInput } from './device-step.ts'
import { isKnown, type Known } from './known-releases.store.ts'
import type { StoredDevice } from './remembered-devices.ts'

/** The inputs of one device in a group, with their places in it. */
export type Own = { deviceId: number; inputs: DeviceInput[]; places: number[] }

export function byDevice(inputs: readonly DeviceInput[]): Map<number, Own> {
  const groups = new Map<number, Own>()
  inputs.forEach((input, place) => {
    const own = groups.get(input.deviceId)
    if (own) {
      own.inputs.push(input)
      own.places.push(place)
    } else groups.set(input.deviceId, { deviceId: input.deviceId, inputs: [input], places: [place] })
  })
  return groups
}

export const isOwnKey = (input: DeviceInput, stored: StoredDevice) =>
  input.keyHash === undefined || input.keyHash === stored.keyHash

/** The `apps` that the state is known to hold after this input, when it held these before. */
export function appsAfter(apps: StoredDevice['apps'], input: DeviceInput): StoredDevice['apps'] {
  if (input.kind === 'report') return input.report.apps ?? apps
  // Tags move what services are told to be.
  return input.kind === 'tags' ? null : apps
}

/** The inputs whose `apps` are not those that the device is known to hold: what they name must be looked up. */
export function newApps({ inputs }: Own, stored: StoredDevice): DeviceInput[] {
  let { apps } = stored
  const told: DeviceInput[] = []
  for (const input of inputs) {
    if (input.kind === 'report' && input.report.apps !== undefined && input.report.apps !== apps)
      told.push(input)
    apps = appsAfter(apps, input)
  }
  return told
}

/**
 * The inputs of a device as they can be stepped from `stored`; null where one must be refused, which is decided when the
 * device is locked. `told`: those with new `apps`, which `known` was read for.
 */
export function followOn(
  { inputs }: Own,
  stored: StoredDevice,
  told: readonly DeviceInput[],
  known: Known,
): DeviceInput[] | null {
  const followed: DeviceInput[] = []
  for (const input of inputs) {
    const isTold = told.includes(input)
    if (!isOwnKey(input, stored) || (isTold && !isKnown(input, known))) return null
    followed.push(isTold ? input : withoutApps(input))
  }
  return followed
}

/** `apps` that were merged before and from which nothing has moved since say nothing new. */
const withoutApps = (input: DeviceInput): DeviceInput =>
  input.kind === 'report' && input.report.apps !== undefined
    ? { ...input, report: { ...input.report, apps: undefined } }
    : input
