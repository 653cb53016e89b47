import { z } from 'zod'

/** A version within other text, as a regular expression that JavaScript and PostgreSQL read alike. */
export const OS_VERSION_PATTERN = '[0-9]+\\.[0-9]+\\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?'
const within = new RegExp(OS_VERSION_PATTERN)

/** A host OS version as an operator names it, without the name of the OS. */
export const osVersion = z
  .string()
  .trim()
  .max(60)
  .regex(new RegExp(`^${OS_VERSION_PATTERN}$`), 'must be a version such as 6.5.3 or 2.98.33+rev4')

/** The version in what a device reports, such as `balenaOS 6.5.3`; null when it holds none. */
export const osVersionIn = (reported: string | null): string | null =>
  reported === null ? null : (within.exec(reported)?.[0] ?? null)

/** Numbers of the version in order, then 0 for a pre-release and 1 for a final one, then the revision after `+`. */
function partsOf(version: string): number[] {
  const [, major, minor, patch, early, build] = /^(\d+)\.(\d+)\.(\d+)(-[^+]*)?(\+.*)?$/.exec(version) ?? []
  return [
    Number(major ?? 0),
    Number(minor ?? 0),
    Number(patch ?? 0),
    early === undefined ? 1 : 0,
    Number(/\d+/.exec(build ?? '')?.[0] ?? 0),
  ]
}

/** Below 0 when `a` is older than `b`, above 0 when it is newer. Revisions (`+rev2`) count, unlike in semver. */
export function compareOsVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  const difference = left.map((part, index) => part - (right[index] ?? 0)).find((part) => part !== 0)
  return difference ?? (a === b ? 0 : a < b ? -1 : 1)
}
