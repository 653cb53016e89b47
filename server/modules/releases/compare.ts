import type { ReleaseComparison, ReleaseDetail, ReleaseService } from '#contract/release'

type ServiceComparison = ReleaseComparison['services'][number]

function differencesOf(from: ReleaseService, to: ReleaseService): ServiceComparison['differences'] {
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
  ]
}

/** Bytes of the layers of `to` that are not in `had`; null when the image declared none. */
function missingOf(to: ReleaseService | undefined, had: ReadonlySet<string>): number | null {
  if (!to) return 0
  if (to.sizeBytes === null || to.layers.length === 0) return to.sizeBytes
  return to.layers.filter((layer) => !had.has(layer.digest)).reduce((sum, layer) => sum + layer.sizeBytes, 0)
}

const sum = (values: readonly (number | null)[]) =>
  values.some((value) => value === null)
    ? null
    : values.reduce<number>((total, value) => total + (value ?? 0), 0)

/** What changes from one release to another, and the bytes a device on `from` needs. Pure. */
export function compareReleases(from: ReleaseDetail, to: ReleaseDetail): ReleaseComparison {
  const had = new Set(from.services.flatMap((service) => service.layers.map((layer) => layer.digest)))
  const names = [...new Set([...from.services, ...to.services].map((service) => service.name))].sort()
  const services = names.map((name): ServiceComparison => {
    const before = from.services.find((service) => service.name === name)
    const after = to.services.find((service) => service.name === name)
    const differences = before && after ? differencesOf(before, after) : []
    const change = !before ? 'added' : !after ? 'removed' : differences.length > 0 ? 'changed' : 'same'
    return {
      name,
      change,
      fromImage: before?.image ?? null,
      toImage: after?.image ?? null,
      missingBytes: missingOf(after, had),
      fullBytes: after ? after.sizeBytes : 0,
      differences,
    }
  })
  return {
    from,
    to,
    services,
    missingBytes: sum(services.map((service) => service.missingBytes)),
    fullBytes: sum(services.map((service) => service.fullBytes)),
  }
}
