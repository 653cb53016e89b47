import { z } from 'zod'
import type { DevicePlan } from './device/device-plan.ts'
import { fault, faultKinds, type Fault, type FaultKind } from './device/faults.ts'
import { releaseFault } from './device/service-fault.ts'
import { Random } from './random.ts'

/** Which devices: all conditions must hold; of those `count` or a `share` are drawn by the seed, or all. */
const selector = z.strictObject({
  fleetId: z.int().positive().optional(),
  deviceType: z.string().max(100).optional(),
  /** Place in the whole fleet of virtual devices, from 0. */
  indexes: z.array(z.int().nonnegative()).max(10_000).optional(),
  share: z.number().min(0).max(1).optional(),
  count: z.int().nonnegative().optional(),
})
export type Selector = z.infer<typeof selector>

const group = z.strictObject({
  fleetId: z.int().positive(),
  provisioningKey: z.string().min(1).max(255),
  deviceType: z.string().min(1).max(100),
  count: z.int().min(0).max(100_000),
  isPreloaded: z.boolean().optional(),
})

/** A story: faults devices have from the start, and what happens when. */
export const scenario = z.strictObject({
  name: z.string().min(1).max(100),
  groups: z.array(group).max(1_000).default([]),
  /**
   * Each rule draws among the devices that no rule before it took, so that faults do not pile up. `afterSeconds`: device
   * time after the gateway first heard the device; 0: from its very start.
   */
  devices: z
    .array(
      z.strictObject({
        pick: selector,
        afterSeconds: z.number().nonnegative().default(0),
        faults: z.array(fault).min(1),
      }),
    )
    .max(1_000)
    .default([]),
  /** What releases do wrong, whichever way they come onto a device. */
  releases: z.array(releaseFault).max(1_000).default([]),
  /** `atSeconds`: device time after the start. */
  events: z
    .array(
      z.strictObject({
        atSeconds: z.number().nonnegative(),
        /** Happens again, each time to devices drawn anew. */
        again: z
          .strictObject({ everySeconds: z.number().positive(), times: z.int().min(1).max(1_000) })
          .optional(),
        pick: selector,
        fault: fault.optional(),
        clear: z.enum(faultKinds).optional(),
      }),
    )
    .max(1_000)
    .default([]),
})
export type Scenario = z.output<typeof scenario>
export type ScenarioInput = z.input<typeof scenario>
export const calmScenario: Scenario = { name: 'calm', groups: [], devices: [], releases: [], events: [] }

/** A scenario file that cannot be used; the message names the field and the reason. */
export class ScenarioError extends Error {}

/** Reads the text of a scenario file; `source` names it in errors. */
export function readScenario(text: string, source: string): Scenario {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ScenarioError(
      `${source} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const parsed = scenario.safeParse(json)
  if (parsed.success) return parsed.data
  const complaints = parsed.error.issues.map((issue) => {
    const field = issue.path
      .map((part, index) =>
        typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
      )
      .join('')
    return `${field === '' ? 'the file' : field}: ${issue.message}`
  })
  throw new ScenarioError(`${source} cannot be used. ${complaints.join('; ')}`)
}

/** The devices a selector means, of those that are offered; the draw depends on `random` alone. */
export function pickDevices(offered: readonly DevicePlan[], pick: Selector, random: Random): DevicePlan[] {
  const indexes = pick.indexes ? new Set(pick.indexes) : null
  const matching = offered.filter(
    (plan) =>
      (pick.fleetId === undefined || plan.fleetId === pick.fleetId) &&
      (pick.deviceType === undefined || plan.deviceType === pick.deviceType) &&
      (indexes === null || indexes.has(plan.index)),
  )
  const count =
    pick.count ?? (pick.share === undefined ? matching.length : Math.round(matching.length * pick.share))
  return random
    .shuffled(matching)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
}

/** `isOwnTime`: counted from when the gateway first heard the device, else from the start of the story. */
export type StoryEvent = { atMs: number; isOwnTime: boolean; index: number } & (
  { fault: Fault; clear?: undefined } | { clear: FaultKind; fault?: undefined }
)

/** Everything that will happen to these devices, in order of time: the same seed gives the same story. */
export function writeStory(story: Scenario, plans: readonly DevicePlan[], seed: string): StoryEvent[] {
  const random = new Random(`${seed}/story`)
  const free = new Set(plans)
  const events: StoryEvent[] = story.devices.flatMap((rule, index) => {
    const picked = pickDevices([...free], rule.pick, random.fork(`rule ${index}`))
    for (const plan of picked) free.delete(plan)
    return picked.flatMap((plan) =>
      rule.faults.map((one) => ({
        atMs: rule.afterSeconds * 1000,
        isOwnTime: rule.afterSeconds > 0,
        index: plan.index,
        fault: one,
      })),
    )
  })
  story.events.forEach((event, index) => {
    const { everySeconds, times } = event.again ?? { everySeconds: 0, times: 0 }
    for (let round = 0; round <= times; round++) {
      const atMs = (event.atSeconds + round * everySeconds) * 1000
      for (const plan of pickDevices(plans, event.pick, random.fork(`event ${index} round ${round}`))) {
        const at = { atMs, isOwnTime: false, index: plan.index }
        if (event.fault) events.push({ ...at, fault: event.fault })
        if (event.clear !== undefined) events.push({ ...at, clear: event.clear })
      }
    }
  })
  return events.sort((a, b) => a.atMs - b.atMs || a.index - b.index)
}
