import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { shippingPackages } from './licences.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const bill = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(z.object({ name: z.string(), version: z.string(), purl: z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
})
test('npm run sbom names every package of the lock file that ships, and nothing that only develops', () => {
  const { stdout, stderr } = spawnSync('npm', ['run', '-s', 'sbom'], { cwd: root, encoding: 'utf8' })
  expect(stderr).toBe('')
  const { components, dependencies } = bill.parse(JSON.parse(stdout))
  const lock: unknown = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
  const shipped = shippingPackages(lock).map(({ name, version }) => `${name}@${version}`)
  const named = new Set(components.map(({ name, version }) => `${name}@${version}`))
  expect([...named].sort()).toEqual([...new Set(shipped)].sort())
  // Nothing is referred to that was taken out.
  const known = new Set(dependencies.map(({ ref }) => ref))
  expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref))).toEqual([])
})
