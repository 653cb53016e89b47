import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { DeviceGroup } from './device/device-plan.ts'
import { readScenario, ScenarioError, type Scenario } from './scenario.ts'

/** A flag that cannot be used; the message is one sentence for the terminal. */
export class OptionError extends Error {}

export const usage = `Virtual devices for a Wheelhouse gateway, or another backend that speaks balena's device protocol.

  --url URL          the gateway (default http://127.0.0.1:8080)
  --group SPEC       fleetId:provisioningKey:deviceType:count, may be repeated; also
                     WHEELHOUSE_SIMULATOR_GROUPS, several separated by commas
  --devices N        so many devices altogether, shared out among the groups
  --seed TEXT        same seed, same fleet, same story (default "wheelhouse")
  --speed X          device time runs X times as fast as ours (default 1)
  --scenario FILE    a scenario file, or the name of one in simulator/scenarios
  --start-within S   switch the devices on over so many seconds (default 0.015 a device)
  --preloaded        devices come with the images of their first release
  --help
`

export type Options = {
  url: string
  seed: string
  speed: number
  groups: DeviceGroup[]
  scenario: Scenario | null
  startWithinMs: number
}

function positive(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0)
    throw new OptionError(`${flag} is "${text}", but must be a number above 0.`)
  return value
}

/** `fleetId:provisioningKey:deviceType:count`. */
export function readGroup(text: string, isPreloaded: boolean): DeviceGroup {
  const [fleet, provisioningKey, deviceType, count, ...rest] = text.split(':')
  const fleetId = Number(fleet)
  const devices = Number(count)
  const isWhole = Number.isInteger(fleetId) && fleetId > 0 && Number.isInteger(devices) && devices >= 0
  if (!isWhole || !provisioningKey || !deviceType || rest.length > 0)
    throw new OptionError(
      `--group is "${text}", but must be fleetId:provisioningKey:deviceType:count, such as 1:key:raspberrypi4-64:10.`,
    )
  return { fleetId, provisioningKey, deviceType, count: devices, isPreloaded }
}

/** Shares `total` devices out among the groups as their counts are to each other; sums exactly. */
export function shareOut(groups: readonly DeviceGroup[], total: number): DeviceGroup[] {
  const sum = groups.reduce((count, group) => count + group.count, 0)
  let given = 0
  let covered = 0
  return groups.map((group) => {
    covered += sum === 0 ? 1 : group.count
    const upTo = Math.round((covered / (sum === 0 ? groups.length : sum)) * total)
    const count = upTo - given
    given = upTo
    return { ...group, count }
  })
}

function readScenarioFile(name: string, folder: string): Scenario {
  const file = /^[\w-]+$/.test(name) ? path.join(folder, `${name}.json`) : name
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ScenarioError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return readScenario(text, file)
}

/** Reads flags and environment; throws OptionError or ScenarioError. null: help was asked for. */
export function readOptions(
  argv: readonly string[],
  environment: Record<string, string | undefined>,
  scenarioFolder: string,
): Options | null {
  let values
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:8080' },
        group: { type: 'string', multiple: true, default: [] },
        devices: { type: 'string' },
        seed: { type: 'string', default: 'wheelhouse' },
        speed: { type: 'string', default: '1' },
        scenario: { type: 'string' },
        'start-within': { type: 'string' },
        preloaded: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error))
  }
  if (values.help) return null
  if (!URL.canParse(values.url)) throw new OptionError(`--url is "${values.url}", which is no URL.`)
  const scenario = values.scenario === undefined ? null : readScenarioFile(values.scenario, scenarioFolder)
  const specs = [
    ...values.group,
    ...(environment['WHEELHOUSE_SIMULATOR_GROUPS'] ?? '').split(',').filter((spec) => spec.trim() !== ''),
  ]
  const given = [
    ...specs.map((spec) => readGroup(spec.trim(), values.preloaded)),
    ...(scenario?.groups ?? []),
  ]
  if (given.length === 0)
    throw new OptionError('No fleet to join: give --group fleetId:provisioningKey:deviceType:count.')
  const groups =
    values.devices === undefined ? given : shareOut(given, Math.round(positive('--devices', values.devices)))
  const count = groups.reduce((sum, group) => sum + group.count, 0)
  const startWithin = values['start-within']
  return {
    url: values.url,
    seed: values.seed,
    speed: positive('--speed', values.speed),
    groups,
    scenario: scenario ? { ...scenario, groups: [] } : null,
    startWithinMs: startWithin === undefined ? count * 15 : positive('--start-within', startWithin) * 1000,
  }
}
