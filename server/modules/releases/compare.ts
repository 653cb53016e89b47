import type { ReleaseComparison, ReleaseDetail, ReleaseService } from '#contract/release'
import { parseCompose } from './compose.ts'

type ServiceComparison = ReleaseComparison['services'][number]
type Settings = Record<string, unknown>

/** What else the file says of each service: command, ports, volumes … */
const settingsOf = (release: ReleaseDetail) =>
  new Map(parseCompose(release.composeYaml).services.map((service) => [service.name, service.composition]))

const asText = (value: unknown) =>
  value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)

function differencesOf(
  from: ReleaseService,
  to: ReleaseService,
  fromSettings: Settings,
  toSettings: Settings,
): ServiceComparison['differences'] {
  const records = (word: string, a: Record<string, string>, b: Record<string, string>) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .sort()
      .flatMap((key) =>
        a[key] === b[key] ? [] : [{ field: `${word} ${key}`, from: a[key] ?? null, to: b[key] ?? null }],
      )
  const plain = (field: string, a: string | null, b: string | null) =>
    a === b ? [] : [{ field, from: a, to: b }]
  return [
    ...plain('image', from.image, to.image),
    ...plain('update strategy', from.updateStrategy, to.updateStrategy),
    ...plain('architecture', from.architecture, to.architecture),
    ...records('variable', from.environment, to.environment),
    ...records('label', from.labels, to.labels),
    ...[...new Set([...Object.keys(fromSettings), ...Object.keys(toSettings)])]
      .sort()
      .flatMap((key) => plain(key, asText(fromSettings[key]), asText(toSettings[key]))),
  ]
}

const digestsOf = (services: readonly ReleaseService[]) =>
  new Set(services.flatMap((service) => service.layers.map((layer) => layer.digest)))

/**
 * Bytes of the layers of `wanted` that are not in `had`, a layer that services share counted once. An image that declared
 * a size but no layers counts whole, unless a device with `before` holds that very image; null when one declared nothing.
 */
function missingBytes(
  wanted: readonly ReleaseService[],
  had: ReadonlySet<string>,
  before: readonly ReleaseService[],
): number | null {
  const held = new Set(before.filter((service) => service.digest !== null).map((service) => service.image))
  const layers = new Map<string, number>()
  let bytes = 0
  for (const service of wanted) {
    if (held.has(service.image)) continue
    if (service.sizeBytes === null) return null
    if (service.layers.length === 0) bytes += service.sizeBytes
    for (const layer of service.layers) if (!had.has(layer.digest)) layers.set(layer.digest, layer.sizeBytes)
  }
  return [...layers.values()].reduce((sum, size) => sum + size, bytes)
}

/** What changes from one release to another, and the bytes a device on `from` needs. Pure. */
export function compareReleases(from: ReleaseDetail, to: ReleaseDetail): ReleaseComparison {
  const had = digestsOf(from.services)
  const fromSettings = settingsOf(from)
  const toSettings = settingsOf(to)
  const names = [...new Set([...from.services, ...to.services].map((service) => service.name))].sort()
  const services = names.map((name): ServiceComparison => {
    const before = from.services.find((service) => service.name === name)
    const after = to.services.find((service) => service.name === name)
    const differences =
      before && after
        ? differencesOf(before, after, fromSettings.get(name) ?? {}, toSettings.get(name) ?? {})
        : []
    const change = !before ? 'added' : !after ? 'removed' : differences.length > 0 ? 'changed' : 'same'
    return {
      name,
      change,
      fromImage: before?.image ?? null,
      toImage: after?.image ?? null,
      missingBytes: after ? missingBytes([after], had, from.services) : 0,
      fullBytes: after ? after.sizeBytes : 0,
      differences,
    }
  })
  return {
    from,
    to,
    services,
    missingBytes: missingBytes(to.services, had, from.services),
    fullBytes: missingBytes(to.services, new Set(), []),
  }
}
