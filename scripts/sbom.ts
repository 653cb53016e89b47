/**
 * Prints the bill of materials (CycloneDX, JSON) of what ships, read off the lock file: `npm run -s sbom > wheelhouse.cdx.json`.
 * npm names everything and the lock file says what of it ships: `npm sbom --omit dev` also leaves out what tools need as well.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { shippingPackages } from './licences.ts'

const DEVELOPMENT = 'cdx:npm:package:development'

const bill = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ 'bom-ref': z.string() }) }),
  components: z.array(
    z.looseObject({
      'bom-ref': z.string(),
      name: z.string(),
      version: z.string(),
      properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
    }),
  ),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
})

const said = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  shell: process.platform === 'win32',
})
const whole = bill.parse(JSON.parse(said))
const lock: unknown = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const ships = new Set(shippingPackages(lock).map(({ name, version }) => `${name}@${version}`))
const components = whole.components
  .filter(({ name, version }) => ships.has(`${name}@${version}`))
  // npm names a version once, and marks it by the first place in which it found it.
  .map((one) => ({ ...one, properties: one.properties.filter(({ name }) => name !== DEVELOPMENT) }))
const refs = new Set([whole.metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])])
const dependencies = whole.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => refs.has(ref)) }))
process.stdout.write(`${JSON.stringify({ ...whole, components, dependencies }, null, 2)}\n`)
