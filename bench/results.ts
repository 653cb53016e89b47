/** Result files of the benches: figures with the machine they were seen on. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
/** The first is how busy others kept the machine before. */
const loadBefore = loadavg()

const words = (load: readonly number[]) => load.map((part) => part.toFixed(1)).join(', ')

/** Writes `bench/results/<name>.json` with the machine, its load (1, 5, 15 minutes) before and after, and says so. */
export function writeResult(name: string, figures: Record<string, unknown>): void {
  const machine = {
    cpu: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
    node: process.version,
    loadBefore,
    loadAfter: loadavg(),
  }
  const file = path.join(root, 'bench/results', `${name}.json`)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), machine, ...figures }, null, 2)}\n`)
  process.stdout.write(
    `${machine.cpu}, ${String(machine.cores)} cores, Node ${machine.node}, load ${words(loadBefore)} before and ${words(machine.loadAfter)} after; written to ${path.relative(root, file)}\n`,
  )
}
