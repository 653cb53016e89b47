import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { OptionError, readOptions, usage } from './options.ts'
import { ScenarioError } from './scenario.ts'
import { VirtualFleet } from './virtual-fleet.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
/** Beside the sources, or beside the bundle in dist/. */
const scenarioFolder =
  ['scenarios', '../../simulator/scenarios'].map((name) => path.join(here, name)).find(existsSync) ?? here
const TELL_EVERY_MS = 60_000

function describe(fleet: VirtualFleet): string {
  const counts = new Map<string, number>()
  for (const device of fleet.devices) counts.set(device.state, (counts.get(device.state) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}

function main(): void {
  const options = readOptions(process.argv.slice(2), process.env, scenarioFolder)
  if (!options) {
    process.stdout.write(usage)
    return
  }
  const fleet = new VirtualFleet({
    url: options.url,
    seed: options.seed,
    speed: options.speed,
    groups: options.groups,
    ...(options.scenario ? { scenario: options.scenario } : {}),
    startWithinMs: options.startWithinMs,
    onError: (error) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      process.exit(1)
    },
  })
  process.stdout.write(
    `${fleet.devices.length} virtual devices for ${options.url}, seed "${options.seed}", speed ${options.speed}\n`,
  )
  fleet.start()
  const telling = setInterval(() => process.stdout.write(`${describe(fleet)}\n`), TELL_EVERY_MS)
  const stop = () => {
    clearInterval(telling)
    void fleet.stop().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  // Started by another program: it ends with it, however that one ended.
  process.once('disconnect', stop)
}

try {
  main()
} catch (error) {
  if (!(error instanceof OptionError) && !(error instanceof ScenarioError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(2)
}
