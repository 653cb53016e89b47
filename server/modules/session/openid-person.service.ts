import type { Kysely, Transaction } from 'kysely'
import { highestRole, type Access } from '#contract/role'
import type { SignInProblem } from '#contract/session'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { OpenIdSettings } from '../../platform/openid-settings.ts'
import { accessText } from './access.store.ts'
import {
  accessOf,
  claimValues,
  grantsOf,
  lineOf,
  personOf,
  type Claims,
  type OpenIdPerson,
} from './openid-claims.rules.ts'
import { enterPerson, listFleetNames, updatePerson } from './openid.store.ts'

/** Values of the claim that the audit log notes of somebody who was refused. */
const MOST_VALUES = 20

type Deps = {
  db: Kysely<Schema>
  now: () => Date
  settings: OpenIdSettings
  audit: (trx: Transaction<Schema>, entry: AuditInput) => Promise<void>
}
type Account = { id: number; name: string; email: string; openid_subject: string }
/** `userId` of a refusal: whose account it is, null where there is none. */
export type Admission =
  | { isIn: true; account: Account; hasChanged: boolean }
  | { isIn: false; problem: SignInProblem; userId: number | null }

const written = ({ everywhere, fleets }: Access) =>
  [everywhere, ...fleets.map(({ fleetId, role }) => `${fleetId} ${role}`)].join()

/**
 * Lets somebody in whom the provider vouches for: their account is the one of its issuer and subject, made at the first
 * time, and their rights are what their claims give now. Without any they stay outside, and their account loses what it had.
 */
export async function admitPerson(deps: Deps, claims: Claims, address: string): Promise<Admission> {
  const person = personOf(claims)
  if (!person) return { isIn: false, problem: 'untrusted', userId: null }
  const values = claimValues(claims, deps.settings.rolesClaim)
  return deps.db.transaction().execute(async (trx): Promise<Admission> => {
    const access = accessOf(grantsOf(values, deps.settings.grants), await listFleetNames(trx))
    const isWelcome = highestRole(access) !== null
    const { account, isNew } = await enterPerson(trx, person, isWelcome, deps.now())
    if (account && !account.is_disabled) await updatePerson(trx, account.id, person, access)
    const entry = entryOf(deps.settings, person, account?.id, address)
    if (!account || !isWelcome || account.is_disabled) {
      const problem = account?.is_disabled === true ? 'disabled' : 'no-role'
      const why =
        problem === 'disabled'
          ? 'the account is disabled'
          : `no role for what ${deps.settings.rolesClaim} holds`
      await deps.audit(trx, {
        ...entry,
        action: 'session.refuse',
        summary: `Refused a sign-in with ${deps.settings.name}: ${why}`,
        data: { subject: person.subject, values: values.slice(0, MOST_VALUES).map(lineOf) },
      })
      return { isIn: false, problem, userId: account?.id ?? null }
    }
    const hasChanged = written({ everywhere: account.role, fleets: account.fleets }) !== written(access)
    if (isNew || hasChanged)
      await deps.audit(trx, {
        ...entry,
        action: isNew ? 'user.create' : 'user.update',
        summary: `${isNew ? 'Added' : 'Changed'} ${person.email} as ${deps.settings.name} says: ${accessText(access)}`,
        data: { issuer: person.issuer, subject: person.subject },
      })
    const { name, email, subject: openid_subject } = person
    return { isIn: true, account: { id: account.id, name, email, openid_subject }, hasChanged }
  })
}

const entryOf = (
  settings: OpenIdSettings,
  person: OpenIdPerson,
  userId: number | undefined,
  address: string,
): Pick<AuditInput, 'actor' | 'subjectKind' | 'subjectId'> => ({
  actor: { name: person.name, kind: 'user', address },
  subjectKind: 'user',
  subjectId: userId === undefined ? `${settings.name}: ${person.subject}` : String(userId),
})
