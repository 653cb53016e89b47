import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const run = promisify(execFile)
const configFile = '.dependency-cruiser.cjs'
const rules = z
  .object({ forbidden: z.array(z.object({ name: z.string() })) })
  .parse(createRequire(import.meta.url)(path.join(root, configFile)))
  .forbidden.map(({ name }) => name)

/** For each rule a file that breaks it: what it holds, or what it imports. */
const violations: Record<string, { file: string; imports: string }> = {
  'no-circular': { file: 'src/lib/circle-a.ts', imports: './circle-b.ts' },
  'not-to-unresolvable': { file: 'src/lib/lost.ts', imports: './nowhere.ts' },
  'not-to-test': { file: 'src/ui/with-test.ts', imports: './thing.test.ts' },
  'not-to-dev-dependency': { file: 'server/platform/with-dev.ts', imports: 'fast-check' },
  'contract-is-a-leaf': { file: 'contract/climbs.ts', imports: '../src/lib/thing.ts' },
  'contract-needs-only-zod': { file: 'contract/with-package.ts', imports: 'semver' },
  'lib-knows-contract-only': { file: 'src/lib/climbs.ts', imports: '../ui/thing.ts' },
  'ui-knows-no-domain': { file: 'src/ui/climbs.ts', imports: '../../contract/thing.ts' },
  'live-knows-no-feature': { file: 'src/live/climbs.ts', imports: '../features/fleets/thing.ts' },
  'domain-shows-contract-words': { file: 'src/domain/climbs.ts', imports: '../live/thing.ts' },
  'features-know-no-app': { file: 'src/features/fleets/climbs.ts', imports: '../../app/thing.ts' },
  'features-are-islands': { file: 'src/features/fleets/across.ts', imports: '../devices/thing.ts' },
  'client-never-reaches-server': { file: 'src/app/over.ts', imports: '../../server/platform/thing.ts' },
  'server-never-reaches-client': { file: 'server/over.ts', imports: '../src/lib/thing.ts' },
  'server-tests-reach-scripts-only': { file: 'server/over.test.ts', imports: '../src/lib/thing.ts' },
  'platform-knows-no-module': {
    file: 'server/platform/climbs.ts',
    imports: '../modules/fleets/thing.ts',
  },
  'modules-are-islands': { file: 'server/modules/fleets/across.ts', imports: '../devices/thing.ts' },
  'modules-know-no-app': { file: 'server/modules/fleets/climbs.ts', imports: '../../app.ts' },
  'app-knows-no-main': { file: 'server/other.ts', imports: './main.ts' },
  'simulator-speaks-the-contract-only': {
    file: 'simulator/over.ts',
    imports: '../server/platform/thing.ts',
  },
  'bench-drives-from-outside': { file: 'bench/inside.ts', imports: '../server/platform/thing.ts' },
  'e2e-drives-from-outside': { file: 'e2e/inside.ts', imports: '../src/lib/thing.ts' },
  'only-live-touches-sockets': { file: 'src/app/with-socket.ts', imports: 'socket.io-client' },
}

/** What the planted files point at, breaking nothing themselves. */
const surroundings: Record<string, string> = {
  'src/lib/circle-b.ts': "import './circle-a.ts'\n",
  'src/ui/thing.test.ts': '',
  'contract/thing.ts': "import 'zod'\n",
  'src/lib/thing.ts': "import '../../contract/thing.ts'\n",
  'src/ui/thing.ts': "import '../lib/thing.ts'\n",
  'src/live/thing.ts': "import 'socket.io-client'\n",
  'src/features/fleets/thing.ts': "import '../../live/thing.ts'\n",
  'src/features/devices/thing.ts': "import '../../ui/thing.ts'\n",
  'src/app/thing.ts': "import '../features/fleets/thing.ts'\nimport '../features/devices/thing.ts'\n",
  'server/platform/thing.ts': "import '../../contract/thing.ts'\n",
  'server/modules/fleets/thing.ts': "import '../../platform/thing.ts'\n",
  'server/modules/devices/thing.ts': '',
  'server/app.ts': "import './modules/fleets/thing.ts'\nimport './modules/devices/thing.ts'\n",
  'server/main.ts': "import './app.ts'\n",
  'simulator/thing.ts': "import '../contract/thing.ts'\n",
  'bench/thing.ts': "import '../simulator/thing.ts'\n",
  'e2e/thing.ts': "import '../simulator/thing.ts'\n",
}

const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})

let tree: string
beforeAll(() => {
  tree = mkdtempSync(path.join(tmpdir(), 'wheelhouse-rules-'))
  for (const name of [configFile, 'package.json', 'tsconfig.json'])
    cpSync(path.join(root, name), path.join(tree, name))
  symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'))
  for (const [file, content] of Object.entries(surroundings)) plant(file, content)
})
afterAll(() => rmSync(tree, { recursive: true, force: true }))

function plant(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(tree, file)), { recursive: true })
  writeFileSync(path.join(tree, file), content)
}

/** `rule <- file` for every violation found in the tree. */
async function check(): Promise<string[]> {
  const program = path.join(root, 'node_modules/.bin/depcruise')
  const folders = ['contract', 'src', 'server', 'simulator', 'bench', 'e2e']
  const { stdout } = await run(program, ['--output-type', 'json', ...folders], {
    cwd: tree,
    maxBuffer: 50_000_000,
  }).catch((error: unknown) => z.object({ stdout: z.string() }).parse(error))
  const { violations: found } = report.parse(JSON.parse(stdout)).summary
  return found.map(({ rule, from }) => `${rule.name} <- ${from}`)
}

test('every import rule has a planted violation', () => {
  expect(Object.keys(violations).sort()).toEqual([...rules].sort())
})

test('a tree that keeps the rules passes; each planted violation is found by its rule', async () => {
  rmSync(path.join(tree, 'src/lib/circle-b.ts'))
  expect(await check()).toEqual([])

  plant('src/lib/circle-b.ts', surroundings['src/lib/circle-b.ts'] ?? '')
  for (const { file, imports } of Object.values(violations)) plant(file, `import '${imports}'\n`)
  expect(await check()).toEqual(
    expect.arrayContaining(Object.entries(violations).map(([rule, { file }]) => `${rule} <- ${file}`)),
  )
}, 60_000)
