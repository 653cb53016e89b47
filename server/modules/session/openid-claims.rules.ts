import { roleAllows, type Access, type Role } from '#contract/role'
import type { OpenIdGrant } from '../../platform/openid-settings.ts'

/** What a provider says of a person: by name, whatever it likes. */
export type Claims = Readonly<Record<string, unknown>>
/** Somebody whom a provider vouches for; `issuer` and `subject` together are who they are, the rest is shown. */
export type OpenIdPerson = { issuer: string; subject: string; name: string; email: string }

const MAX_SHOWN = 100
const isObject = (value: unknown): value is Claims => value !== null && typeof value === 'object'

function at(claims: Claims, name: string): unknown {
  // Names may hold dots themselves, as those that are addresses do.
  if (Object.hasOwn(claims, name)) return claims[name]
  return name
    .split('.')
    .reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      claims,
    )
}

/** The texts that a claim holds, one or a list; none where it is missing or something else. */
export function claimValues(claims: Claims, name: string): string[] {
  const value = at(claims, name)
  const all: unknown[] = Array.isArray(value) ? value : [value]
  return all.filter((one) => typeof one === 'string')
}

/** One line that can be stored and shown; may be empty. */
export const lineOf = (text: string): string =>
  Array.from(text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim())
    .slice(0, MAX_SHOWN)
    .join('')

function shown(claims: Claims, name: string): string | undefined {
  const line = lineOf(claimValues(claims, name)[0] ?? '')
  return line === '' ? undefined : line
}

/** Who a provider's claims are about; null where they name nobody. */
export function personOf(claims: Claims): OpenIdPerson | null {
  const [issuer] = claimValues(claims, 'iss')
  const [subject] = claimValues(claims, 'sub')
  // What cannot be stored is nobody: cut short it might be somebody else.
  if (!issuer || !subject || /[\0\p{Cs}]/u.test(issuer + subject)) return null
  const email = shown(claims, 'email') ?? shown(claims, 'preferred_username') ?? lineOf(subject)
  return { issuer, subject, email, name: shown(claims, 'name') ?? email }
}

/** What somebody is given who holds these values of the claim. */
export const grantsOf = (values: readonly string[], grants: readonly OpenIdGrant[]): OpenIdGrant[] =>
  grants.filter(({ value }) => values.includes(value))

type Fleet = { id: number; name: string }
const isOf = (fleet: Fleet, named: NonNullable<OpenIdGrant['fleet']>) =>
  'id' in named ? fleet.id === named.id : fleet.name.toLowerCase() === named.name.toLowerCase()

/** The rights that grants add up to, the highest in each place, among the fleets there are. */
export function accessOf(grants: readonly OpenIdGrant[], fleets: readonly Fleet[]): Access {
  let everywhere: Role | null = null
  const single = new Map<number, Role>()
  for (const { role, fleet: named } of grants) {
    if (named === null) {
      if (!roleAllows(everywhere, role)) everywhere = role
      continue
    }
    for (const { id } of fleets.filter((fleet) => isOf(fleet, named)))
      if (!roleAllows(single.get(id) ?? null, role)) single.set(id, role)
  }
  const inFleets = [...single].sort(([a], [b]) => a - b).map(([fleetId, role]) => ({ fleetId, role }))
  return { everywhere, fleets: inFleets }
}
