import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import { accessText, writeFleetRoles } from './access.store.ts'
import { hashPassword, isPassword } from './password.ts'
import { mustBeStrong } from './password-strength.ts'
import type { SessionDeps } from './session-deps.ts'
import { countOtherAdmins, findUser, insertUser, listUsers, lockAdmins, readUser } from './account.store.ts'
import { createLink, listApiTokens } from './credential.store.ts'

const SIGN_IN_LINK_MINUTES = 60

type Deps = SessionDeps & { endSessions: (userId: number, exceptSessionId: string | null) => Promise<void> }

const actorOf = ({ name, kind, address, claim }: Caller) => ({ name, kind, address, claim })

/** What a provider says anew at each sign-in is not to be set here. */
export function mustBeOwn(account: { openid_subject: string | null }, otherwise: string): void {
  if (account.openid_subject !== null) throw Problem.conflict('openid-account', otherwise)
}

async function existing(deps: Deps, userId: number) {
  const account = await findUser(deps.db, userId)
  if (!account) throw Problem.notFound('account', String(userId))
  return account
}

/** The hash of another password of an account, where it is one that is hard to guess. */
async function newHash(deps: Deps, userId: number, password: string): Promise<string> {
  await mustBeStrong('body.password', password, await existing(deps, userId))
  return hashPassword(password)
}

function registerUsers(app: FastifyInstance, deps: Deps): void {
  registerRoute(app, routes.listUsers, async () => ({ users: await listUsers(deps.db) }))
  registerRoute(app, routes.createUser, async ({ body, caller }) => {
    await mustBeStrong('body.password', body.password, body)
    const password_hash = await hashPassword(body.password)
    return deps.db.transaction().execute(async (trx) => {
      const account = await insertUser(trx, {
        name: body.name,
        email: body.email,
        role: body.access.everywhere,
        password_hash,
        created_at: deps.now(),
      })
      await writeFleetRoles(trx, 'user_id', account.id, body.access.fleets)
      await deps.audit(trx, {
        actor: actorOf(caller),
        action: 'user.create',
        subjectKind: 'user',
        subjectId: String(account.id),
        summary: `Added ${account.email}: ${accessText(body.access)}`,
      })
      return readUser(trx, account.id)
    })
  })
  registerRoute(app, routes.updateUser, async ({ params, body, caller }) => {
    const password_hash =
      body.password === undefined ? undefined : await newHash(deps, params.userId, body.password)
    const account = await deps.db.transaction().execute(async (trx) => {
      // In line with others who change administrators: two must not take the last two away at once.
      await lockAdmins(trx)
      const before = await findUser(trx, params.userId)
      if (!before) throw Problem.notFound('account', String(params.userId))
      if (body.name !== undefined || body.access !== undefined || body.password !== undefined)
        mustBeOwn(before, 'Name and roles of this account come from the OpenID provider; change them there')
      const role = body.access === undefined ? before.role : body.access.everywhere
      const losesAdmin = before.role === 'admin' && (role !== 'admin' || body.isDisabled === true)
      if (losesAdmin && (await countOtherAdmins(trx, before)) === 0)
        throw Problem.conflict('last-administrator', 'This is the last administrator; make another one first')
      await trx
        .updateTable('app_user')
        .set({
          name: body.name ?? before.name,
          role,
          is_disabled: body.isDisabled ?? before.is_disabled,
          password_hash: password_hash ?? before.password_hash,
        })
        .where('id', '=', before.id)
        .execute()
      if (body.access !== undefined) await writeFleetRoles(trx, 'user_id', before.id, body.access.fleets)
      await deps.audit(trx, {
        actor: actorOf(caller),
        action: 'user.update',
        subjectKind: 'user',
        subjectId: String(before.id),
        summary: `Changed the account of ${before.email}: ${describeUpdate(body)}`,
      })
      return readUser(trx, before.id)
    })
    // A new password must not leave sessions open that were begun with the old one.
    if (body.password !== undefined || body.isDisabled === true)
      await deps.endSessions(account.id, caller.sessionId)
    if (body.access !== undefined) deps.renewRights([account.id])
    return account
  })
  registerRoute(app, routes.createSignInLink, async ({ params, caller }) => {
    const account = await existing(deps, params.userId)
    mustBeOwn(account, 'This account signs in at the OpenID provider, not by a link')
    if (account.is_disabled)
      throw Problem.conflict(
        'account-disabled',
        `The account of ${account.email} is disabled; enable it first`,
      )
    const { token, expiresAt } = await deps.db.transaction().execute(async (trx) => {
      await deps.audit(trx, {
        actor: actorOf(caller),
        action: 'user.sign-in-link',
        subjectKind: 'user',
        subjectId: String(account.id),
        summary: `Made a one-time sign-in link for ${account.email}`,
      })
      return createLink(trx, 'sign-in', account.id, deps.now(), SIGN_IN_LINK_MINUTES)
    })
    return { url: `${deps.publicUrl()}/link#token=${token}`, expiresAt: expiresAt.toISOString() }
  })
  registerRoute(app, routes.changePassword, async ({ body, caller }) => {
    if (caller.userId === null) throw Problem.forbidden('API tokens have no password')
    const account = await existing(deps, caller.userId)
    mustBeOwn(account, 'This account signs in at the OpenID provider; it has no password here')
    if (account.password_hash !== null && !(await isPassword(account.password_hash, body.current)))
      throw Problem.invalid('body.current', 'is not your present password')
    await mustBeStrong('body.next', body.next, account)
    const password_hash = await hashPassword(body.next)
    await deps.db.transaction().execute(async (trx) => {
      await trx.updateTable('app_user').set({ password_hash }).where('id', '=', account.id).execute()
      await deps.audit(trx, {
        actor: actorOf(caller),
        action: 'user.password',
        subjectKind: 'user',
        subjectId: String(account.id),
        summary: 'Changed the own password',
      })
    })
    await deps.endSessions(account.id, caller.sessionId)
  })
}

const describeUpdate = ({ access, password, ...rest }: z.output<(typeof routes)['updateUser']['body']>) =>
  [
    ...Object.keys(rest),
    ...(access === undefined ? [] : [accessText(access)]),
    ...(password === undefined ? [] : ['password']),
  ].join(', ')

function registerTokens(app: FastifyInstance, deps: Deps): void {
  registerRoute(app, routes.listApiTokens, async () => ({ tokens: await listApiTokens(deps.db) }))
  registerRoute(app, routes.createApiToken, async ({ body, caller }) => {
    const secret = makeSecret('wh_')
    if (body.expiresAt !== null && new Date(body.expiresAt) <= deps.now())
      throw Problem.invalid('body.expiresAt', 'must lie in the future')
    return deps.db.transaction().execute(async (trx) => {
      const row = await trx
        .insertInto('api_token')
        .values({
          name: body.name,
          role: body.access.everywhere,
          token_hash: hashSecret(secret),
          created_by: caller.name,
          created_at: deps.now(),
          expires_at: body.expiresAt,
        })
        .returning(['id', 'name'])
        .executeTakeFirstOrThrow()
      await writeFleetRoles(trx, 'token_id', row.id, body.access.fleets)
      await deps.audit(trx, {
        actor: actorOf(caller),
        action: 'api-token.create',
        subjectKind: 'api-token',
        subjectId: String(row.id),
        summary: `Made the API token ${row.name}: ${accessText(body.access)}`,
      })
      const [token] = await listApiTokens(trx, row.id)
      if (!token) throw new Error('the token that was just made is not there')
      return { ...token, secret }
    })
  })
  registerRoute(app, routes.revokeApiToken, async ({ params, caller }) => {
    await deps.db.transaction().execute(async (trx) => {
      const row = await trx
        .updateTable('api_token')
        .set({ revoked_at: deps.now() })
        .where('id', '=', params.tokenId)
        .where('revoked_at', 'is', null)
        .returning(['name'])
        .executeTakeFirst()
      if (!row) throw Problem.notFound('API token', String(params.tokenId))
      await deps.audit(trx, {
        actor: actorOf(caller),
        action: 'api-token.revoke',
        subjectKind: 'api-token',
        subjectId: String(params.tokenId),
        summary: `Revoked the API token ${row.name}`,
      })
    })
  })
}

/** Accounts, sign-in links, passwords and API tokens. */
export function registerAccounts(app: FastifyInstance, deps: Deps): void {
  registerUsers(app, deps)
  registerTokens(app, deps)
}
