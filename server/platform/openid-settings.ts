import { roles, type Role } from '#contract/role'

/** A value of the roles claim, and what whoever has it may do; `fleet` null: in every fleet. */
export type OpenIdGrant = {
  value: string
  role: Role
  fleet: null | { id: number } | { name: string }
}

export type OpenIdSettings = {
  issuer: URL
  clientId: string
  /** Null: a public client, which shows by PKCE alone that it is the one that asked. */
  clientSecret: string | null
  scopes: string
  /** As people call it: "Sign in with …". */
  name: string
  rolesClaim: string
  grants: readonly OpenIdGrant[]
}

/** Splits at commas outside quotes. */
const piecesOf = (text: string) => text.match(/(?:"[^"]*"|[^",])+/g) ?? []
const ENTRY = /^\s*(?:"([^"]*)"|([^"]*?))\s*=\s*([\w-]+)\s*(?:@\s*(?:"([^"]*)"|([^"]*?)))?\s*$/

function grantOf(piece: string): OpenIdGrant {
  const [, quoted, plain, role, quotedFleet, plainFleet] = ENTRY.exec(piece) ?? []
  const value = quoted ?? plain ?? ''
  const entry = piece.trim()
  if (value === '' || role === undefined)
    throw new Error(`${entry} is not of the form value=role or value=role@fleet`)
  const known = roles.find((one) => one === role)
  if (known === undefined) throw new Error(`${role} in ${entry} is no role; those are ${roles.join(', ')}`)
  if (quotedFleet !== undefined && quotedFleet !== '')
    return { value, role: known, fleet: { name: quotedFleet } }
  if (quotedFleet === '' || plainFleet === '') throw new Error(`${entry} names no fleet after @`)
  if (plainFleet === undefined) return { value, role: known, fleet: null }
  // A number is an id; a fleet that is called so is named in quotes.
  return /^\d{1,15}$/.test(plainFleet)
    ? { value, role: known, fleet: { id: Number(plainFleet) } }
    : { value, role: known, fleet: { name: plainFleet } }
}

/**
 * Reads `crew=viewer, "Ops, night"=support@Kiosks, leads=release-manager@7`: values of the claim and the roles they give,
 * everywhere or in a fleet by name or id. Throws an Error that names what cannot be read.
 */
export function parseGrants(text: string): OpenIdGrant[] {
  const grants = piecesOf(text)
    .filter((piece) => piece.trim() !== '')
    .map(grantOf)
  if (grants.length === 0) throw new Error('it gives nobody a role')
  if ((text.match(/"/g) ?? []).length % 2 === 1) throw new Error('a quotation mark is not closed')
  return grants
}

/** On this machine nothing travels that somebody could read. */
const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)

/** Whether the provider can be asked without anybody else reading along. */
export function isSafeIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}
