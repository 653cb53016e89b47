import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { routes } from '#contract/routes'
import type { Me } from '#contract/session'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { isPassword } from './password.ts'
import type { SessionDeps } from './session-deps.ts'
import { findUserByEmail } from './account.store.ts'
import { findLinkUser, takeLink } from './credential.store.ts'
import type { SignInLimiter } from './sign-in-limiter.ts'
import { passSecondStep } from './totp.routes.ts'
import { hasTotp } from './totp.store.ts'

type Account = { id: number; name: string; email: string; openid_subject: string | null }
type Deps = SessionDeps & {
  limiter: SignInLimiter
  /** Opens the session; `how` goes to the audit log. */
  start: (request: FastifyRequest, reply: FastifyReply, account: Account, how: string) => Promise<Me>
}

const howWith = (first: string, second: string | null) =>
  second === null ? `Signed in with a ${first}` : `Signed in with a ${first} and a ${second}`

/** Sign-in with what this gateway knows itself: a password or a one-time link, and a code where the account asks for one. */
export function registerSignIn(app: FastifyInstance, deps: Deps): void {
  const { db, limiter, now, start } = deps
  registerRoute(app, routes.signIn, async ({ body, request, reply }) => {
    if (!deps.hasPasswords)
      throw Problem.forbidden('Passwords are switched off here; use the other ways to sign in')
    const attempt = await limiter.begin(request.ip, body.email)
    const account = await findUserByEmail(db, body.email)
    const isRight = await isPassword(account?.password_hash, body.password)
    if (!account || !isRight || account.is_disabled) {
      // No e-mail that nobody has: it may be a password.
      if (account)
        deps.log.warn({ account: account.id, address: request.ip }, 'a sign-in with a password failed')
      throw Problem.unauthorized('E-mail or password is wrong, or the account is disabled')
    }
    const second = await passSecondStep(deps, account.id, body.code, attempt)
    await attempt.succeed()
    return start(request, reply, account, howWith('password', second))
  })
  registerRoute(app, routes.signInByLink, async ({ body, request, reply }) => {
    const account = await findLinkUser(db, body.token, now())
    // Who fails at passwords from elsewhere shuts no link, but codes are counted together.
    const isCounted = account !== undefined && (await hasTotp(db, account.id))
    const attempt = await limiter.begin(request.ip, isCounted ? account.email : null)
    const second = account ? await passSecondStep(deps, account.id, body.code, attempt) : null
    if (!account || !(await takeLink(db, 'sign-in', body.token, now()))) {
      throw Problem.unauthorized(
        'This link was used already or is too old; sign in with your password or ask for a new one',
      )
    }
    await attempt.succeed()
    return start(request, reply, account, howWith('one-time link', second))
  })
}
