/** Which licences the packages that ship with Wheelhouse may have, read off the lock file: no network, no installed tree. */
import { z } from 'zod'

/** They allow use, change and passing on, and ask for their notice at most; Wheelhouse itself is under Apache-2.0. */
const allowed = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])

/** Packages that do not name their licence in the usual field, with what was found in them. */
const readByHand: Record<string, string> = {
  // `"licenses": [{"type": "MIT"}]`, an old form that npm does not read; its LICENSE says the same.
  'xmlhttprequest-ssl': 'MIT',
}

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
})

const nameOf = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** Whether one may follow this SPDX expression by following allowed licences alone. */
export function isAllowed(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1')
  // Nested ones are left to a person: none of these packages has one.
  if (/[()]/.test(plain)) return false
  return plain.split(/ OR /).some((choice) => choice.split(/ AND /).every((one) => allowed.has(one.trim())))
}

type Shipping = { name: string; version: string; license: string | undefined }

/** The packages of a lock file that are installed where Wheelhouse runs. */
export const shippingPackages = (lock: unknown): Shipping[] =>
  Object.entries(lockFile.parse(lock).packages).flatMap(([place, { version = '', license, dev, link }]) =>
    place === '' || dev === true || link === true ? [] : { name: nameOf(place), version, license },
  )

/** A sentence for each package of a lock file that ships and whose licence is not known to be allowed. */
export function licenceFaults(lock: unknown): string[] {
  return shippingPackages(lock).flatMap(({ name, version, license }) => {
    const found = license ?? readByHand[name]
    const which = `${name} ${version}`
    if (found === undefined)
      return [`${which} names no licence: look into it, and write down here what it is`]
    return isAllowed(found)
      ? []
      : [`${which} is under ${found}, which is not among the licences that may ship`]
  })
}
