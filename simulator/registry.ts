import { createHash } from 'node:crypto'
import { Random } from './random.ts'

/** One layer of an image: content address and compressed size. */
export type Layer = { digest: string; sizeBytes: number }
/** What a container registry says of an image. */
export type Manifest = { digest: string; sizeBytes: number; layers: Layer[] }

const MEGABYTE = 1_000_000
const KEPT = 2_000

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** `registry/repository:tag@sha256:…`; a reference without a tag is told apart by its digest. */
function parse(reference: string): { repository: string; version: string } {
  const [name = '', digest] = reference.toLowerCase().split('@')
  const colon = name.lastIndexOf(':')
  const hasTag = colon > name.lastIndexOf('/')
  const repository = hasTag ? name.slice(0, colon) : name
  return { repository, version: hasTag ? name.slice(colon + 1) : (digest ?? 'latest') }
}

function layer(content: string, leastMegabytes: number, mostMegabytes: number): Layer {
  const size = new Random(content).between(leastMegabytes, mostMegabytes)
  return { digest: digestOf(content), sizeBytes: Math.round(size * MEGABYTE) }
}

const bases = ['alpine', 'debian-slim', 'debian'] as const

/**
 * Layers of an image as a build of it would have them, lowest first: a base that images share, a runtime of the
 * repository, dependencies that change with the minor version, and the program, which every version has for itself.
 */
function layersOf(repository: string, version: string): Layer[] {
  const [, major = version, minor = ''] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
  const base = new Random(repository).pick(bases)
  const megabytes = { alpine: [3, 8], 'debian-slim': [24, 34], debian: [44, 58] } as const
  return [
    layer(`base/${base}`, megabytes[base][0], megabytes[base][1]),
    layer(`${repository}/runtime/${major}`, 18, 70),
    layer(`${repository}/dependencies/${major}.${minor}`, 8, 45),
    layer(`${repository}/program/${version}`, 2, 14),
    layer(`${repository}/assets/${version}`, 0.4, 5),
    layer(`${repository}/configuration/${version}`, 0.001, 0.02),
  ]
}

const manifests = new Map<string, Manifest>()

/** Stands for the container registry: the same reference has the same layers for ever. */
export function manifestOf(reference: string): Manifest {
  const { repository, version } = parse(reference)
  const key = `${repository}:${version}`
  const known = manifests.get(key)
  if (known) return known
  const layers = layersOf(repository, version)
  const manifest = {
    digest: digestOf(layers.map((one) => one.digest).join('\n')),
    sizeBytes: layers.reduce((sum, one) => sum + one.sizeBytes, 0),
    layers,
  }
  if (manifests.size >= KEPT) manifests.clear()
  manifests.set(key, manifest)
  return manifest
}

/** The reference with its digest, as a compose file for devices should name an image. */
export const withDigest = (reference: string): string => `${reference}@${manifestOf(reference).digest}`

/** Bytes of a layer when only its difference to what the device has travels: 3 to 18 percent of it. */
export function deltaBytes(one: Layer): number {
  return Math.ceil(one.sizeBytes * new Random(one.digest).between(0.03, 0.18))
}
