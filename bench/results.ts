/** Result files of the benches: figures with the machine they were seen on. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
/** The first is how busy others kept the machine before. */
const loadBefore = loadavg()

const words = (load: readonly number[]) => load.map((part) => part.toFixed(1)).join(', ')

const fileOf = (name: string) => path.join(root, 'bench/results', `${name}.json`)

/** Writes `bench/results/<name>.json` with the machine, its load (1, 5, 15 minutes) before and after, and says so. */
export function writeResult(name: string, figures: Record<string, unknown>): void {
  const machine = {
    cpu: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
    node: process.version,
    loadBefore,
    loadAfter: loadavg(),
  }
  const file = fileOf(name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), machine, ...figures }, null, 2)}\n`)
  process.stdout.write(
    `${machine.cpu}, ${String(machine.cores)} cores, Node ${machine.node}, load ${words(loadBefore)} before and ${words(machine.loadAfter)} after; written to ${path.relative(root, file)}\n`,
  )
}

const written = z.looseObject({ at: z.iso.datetime() })

/** What `writeResult` last wrote under a name, and when, in ms since the epoch; null: nothing. Throws where it was cut off. */
export function readResult(name: string): { atMs: number; figures: unknown } | null {
  const file = fileOf(name)
  if (!existsSync(file)) return null
  const figures = written.parse(JSON.parse(readFileSync(file, 'utf8')))
  return { atMs: Date.parse(figures.at), figures }
}
