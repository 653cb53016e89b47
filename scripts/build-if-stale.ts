/** Runs before `npm start`: builds when there is no build, or when a source or the lock file is newer than it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const sources = [
  'contract',
  'server',
  'simulator',
  'src',
  'public',
  'scripts/build-server.ts',
  'scripts/build-service-worker.ts',
  'scripts/contract-facts.ts',
  'scripts/compress-page.ts',
]
const settings = ['index.html', 'package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts']
/** The first and the last file that a build writes: both must be there and newer than every source. */
const results = ['dist/app/index.html', 'dist/server/main.js']

function newest(file: string): { file: string; modifiedMs: number } {
  const stats = statSync(file)
  if (!stats.isDirectory()) return { file, modifiedMs: stats.mtimeMs }
  return readdirSync(file)
    .map((name) => newest(path.join(file, name)))
    .reduce((a, b) => (b.modifiedMs > a.modifiedMs ? b : a), { file, modifiedMs: 0 })
}

function reasonToBuild(): string | null {
  const missing = results.find((file) => !existsSync(path.join(root, file)))
  if (missing !== undefined) return `${missing} does not exist`
  const builtMs = Math.min(...results.map((file) => statSync(path.join(root, file)).mtimeMs))
  const changed = [...sources, ...settings]
    .map((file) => path.join(root, file))
    .filter((file) => existsSync(file))
    .map(newest)
    .reduce((a, b) => (b.modifiedMs > a.modifiedMs ? b : a))
  return changed.modifiedMs > builtMs ? `${path.relative(root, changed.file)} is newer than the build` : null
}

const reason = reasonToBuild()
if (reason === null) {
  process.stdout.write('The build is up to date.\n')
} else {
  process.stdout.write(`Building first: ${reason}.\n`)
  const { status } = spawnSync('npm', ['run', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  process.exitCode = status ?? 1
}
