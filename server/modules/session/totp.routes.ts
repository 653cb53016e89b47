import type { FastifyInstance } from 'fastify'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { mustBeOwn } from './accounts.routes.ts'
import { isPassword } from './password.ts'
import type { SessionDeps } from './session-deps.ts'
import { findUser } from './account.store.ts'
import type { Attempt, SignInLimiter } from './sign-in-limiter.ts'
import { makeRecoveryCodes, makeTotpSecret, stepOf, totpUri } from './totp.ts'
import {
  confirmSecret,
  countRecoveryCodes,
  forgetTotp,
  hasTotp,
  keepSecret,
  pendingSecret,
  replaceRecoveryCodes,
  useCode,
} from './totp.store.ts'

type Deps = SessionDeps & {
  limiter: SignInLimiter
  endSessions: (userId: number, exceptSessionId: string | null) => Promise<void>
}

const wrongCode = 'is wrong, or was used already'

/**
 * The second step of a sign-in, for accounts that ask for one: uses the code up. Answers which kind it was, null where none is
 * asked for. Throws 401 `code-needed` where there is none, and 401 `wrong-code`, which counts as a failed attempt.
 */
export async function passSecondStep(
  { db, now, log }: SessionDeps,
  userId: number,
  code: string | undefined,
  attempt: Attempt,
): Promise<'code' | 'recovery code' | null> {
  if (!(await hasTotp(db, userId))) return null
  if (code === undefined) {
    // Forgives nothing: else whoever has the password could go on guessing codes.
    await attempt.takeBack()
    throw new Problem({
      status: 401,
      code: 'code-needed',
      title: 'One more step',
      detail: 'Type the code of your authenticator app, or a recovery code',
    })
  }
  const kind = await useCode(db, userId, code, now())
  if (kind !== null) return kind
  log.warn({ account: userId }, 'a code at sign-in was wrong')
  throw new Problem({
    status: 401,
    code: 'wrong-code',
    title: 'Not signed in',
    detail: `The code ${wrongCode}`,
    errors: [{ field: 'body.code', reason: wrongCode }],
  })
}

/** The account that calls, where it may have a second step of this gateway's. */
async function ownAccount({ db }: SessionDeps, caller: Caller) {
  if (caller.userId === null) throw Problem.forbidden('API tokens sign in nowhere')
  const account = await findUser(db, caller.userId)
  if (!account) throw Problem.notFound('account', String(caller.userId))
  return account
}

async function mustBePassword(account: { password_hash: string | null }, password: string): Promise<void> {
  if (!(await isPassword(account.password_hash, password)))
    throw Problem.invalid('body.password', 'is not your password')
}

/** Codes of an authenticator app as the second step of a sign-in: switched on, off and reset. */
export function registerTotp(app: FastifyInstance, deps: Deps): void {
  registerOwnTotp(app, deps)
  registerRoute(app, routes.resetTotp, async ({ params, caller }) => {
    if (params.userId === caller.userId)
      throw Problem.conflict('own-totp', 'Switch off your own codes under your account, with a code')
    const account = await findUser(deps.db, params.userId)
    if (!account) throw Problem.notFound('account', String(params.userId))
    await deps.db.transaction().execute(async (trx) => {
      if (!(await forgetTotp(trx, account.id)))
        throw Problem.conflict('totp-off', `Signing in as ${account.email} asks for no code`)
      await deps.audit(trx, {
        actor: caller,
        action: 'totp.reset',
        subjectKind: 'user',
        subjectId: String(account.id),
        summary: `Let ${account.email} sign in without a code`,
      })
    })
    if (deps.isSecondStepRequired) deps.renewRights([account.id])
  })
}

function registerOwnTotp(app: FastifyInstance, deps: Deps): void {
  const { db, now, limiter } = deps
  const entryOf = (caller: Caller, userId: number) => ({
    actor: caller,
    subjectKind: 'user',
    subjectId: String(userId),
  })

  registerRoute(app, routes.getTotp, async ({ caller }) => {
    const { id } = await ownAccount(deps, caller)
    return {
      isOn: await hasTotp(db, id),
      recoveryCodesLeft: await countRecoveryCodes(db, id),
      isRequired: deps.isSecondStepRequired,
    }
  })

  registerRoute(app, routes.beginTotp, async ({ body, caller, reply }) => {
    const account = await ownAccount(deps, caller)
    mustBeOwn(account, 'This account signs in at the OpenID provider, which asks for what it wants')
    const attempt = await limiter.begin(caller.address, account.email)
    await mustBePassword(account, body.password)
    await attempt.takeBack()
    const secret = makeTotpSecret()
    if (!(await keepSecret(db, account.id, secret, now())))
      throw Problem.conflict('totp-on', 'Codes are switched on already; switch them off first')
    reply.header('cache-control', 'no-store')
    const issuer = `Wheelhouse ${new URL(deps.publicUrl()).hostname}`
    return { secret, uri: totpUri(secret, { issuer, account: account.email }) }
  })

  registerRoute(app, routes.confirmTotp, async ({ body, caller, reply }) => {
    const { id } = await ownAccount(deps, caller)
    const secret = await pendingSecret(db, id)
    if (secret === null) throw Problem.conflict('totp-not-begun', 'There is no secret to confirm; begin anew')
    const step = stepOf(secret, body.code.replace(/\s/g, ''), now())
    if (step === null)
      throw Problem.invalid('body.code', 'is not the code of now; see that the clock of your device is right')
    const recoveryCodes = makeRecoveryCodes()
    await db.transaction().execute(async (trx) => {
      if (!(await confirmSecret(trx, id, { secret, step, recoveryCodes, now: now() })))
        throw Problem.conflict('totp-not-begun', 'Another secret was shown meanwhile; begin anew')
      await deps.audit(trx, {
        ...entryOf(caller, id),
        action: 'totp.enable',
        summary: 'Asks for a code at each sign-in',
      })
    })
    // Those were begun without a code.
    await deps.endSessions(id, caller.sessionId)
    if (deps.isSecondStepRequired) deps.renewRights([id])
    reply.header('cache-control', 'no-store')
    return { recoveryCodes }
  })

  /** The account that calls, once it has shown what a sign-in asks for. */
  const provenAccount = async (caller: Caller, proof: { password: string; code: string }) => {
    const account = await ownAccount(deps, caller)
    const attempt = await limiter.begin(caller.address, account.email)
    await mustBePassword(account, proof.password)
    if ((await useCode(db, account.id, proof.code, now())) === null)
      throw Problem.invalid('body.code', wrongCode)
    await attempt.succeed()
    return account
  }

  registerRoute(app, routes.renewRecoveryCodes, async ({ body, caller, reply }) => {
    const { id } = await provenAccount(caller, body)
    const recoveryCodes = makeRecoveryCodes()
    await db.transaction().execute(async (trx) => {
      if (!(await replaceRecoveryCodes(trx, id, recoveryCodes)))
        throw Problem.conflict('totp-off', 'Codes were switched off meanwhile')
      await deps.audit(trx, {
        ...entryOf(caller, id),
        action: 'totp.recovery-codes',
        summary: 'Made new recovery codes; those from before stopped working',
      })
    })
    reply.header('cache-control', 'no-store')
    return { recoveryCodes }
  })

  registerRoute(app, routes.endTotp, async ({ body, caller }) => {
    if (deps.isSecondStepRequired)
      throw Problem.conflict('totp-required', 'Everybody here signs in with a second step')
    const account = await provenAccount(caller, body)
    await db.transaction().execute(async (trx) => {
      await forgetTotp(trx, account.id)
      await deps.audit(trx, {
        ...entryOf(caller, account.id),
        action: 'totp.disable',
        summary: 'Asks for no code at sign-in any more',
      })
    })
  })
}
