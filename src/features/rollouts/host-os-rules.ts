import type { DeviceFacets } from '#contract/device'
import { compareOsVersions, osVersion, osVersionIn } from '#contract/host-os'

type DeviceType = { slug: string; name: string; osVersions: readonly string[] }

/** A version that can be sent: how many devices of the fleet run it, and which of its types have no image of it. */
export type OsChoice = { version: string; running: number; missingTypes: string[] }

/** What devices of the fleet run and what their types have images of, newest first. */
export function osChoices(
  facets: Pick<DeviceFacets, 'os' | 'deviceType'> | undefined,
  types: readonly DeviceType[],
): OsChoice[] {
  const running = new Map<string, number>()
  for (const { value, count } of facets?.os ?? []) {
    const version = osVersionIn(value)
    if (version !== null) running.set(version, (running.get(version) ?? 0) + count)
  }
  const own = typesOf(facets, types)
  const known = new Set([...running.keys(), ...own.flatMap((type) => type.osVersions)])
  return [...known]
    .sort((a, b) => compareOsVersions(b, a))
    .map((version) => ({
      version,
      running: running.get(version) ?? 0,
      missingTypes: missingTypes(version, own),
    }))
}

const typesOf = (facets: Pick<DeviceFacets, 'deviceType'> | undefined, types: readonly DeviceType[]) => {
  const slugs = new Set(facets?.deviceType.map((part) => part.value))
  return types.filter((type) => slugs.has(type.slug))
}
const missingTypes = (version: string, types: readonly DeviceType[]) =>
  types.filter((type) => !type.osVersions.includes(version)).map((type) => type.name)

/** What is wrong with a version that was typed; null: nothing. */
export const osVersionTrouble = (text: string): string | null => {
  const parsed = osVersion.safeParse(text)
  return parsed.success ? null : `It ${parsed.error.issues[0]?.message ?? 'is no version'}.`
}
