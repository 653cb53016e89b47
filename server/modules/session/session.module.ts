import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { routes } from '#contract/routes'
import { highestRole } from '#contract/role'
import type { Me } from '#contract/session'
import type { SocketIdentity } from '../../platform/live-socket.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Identity } from '../../platform/register-route.ts'
import { cookieName } from './cookie-names.ts'
import { hashPassword } from './password.ts'
import { mustBeStrong } from './password-strength.ts'
import { SignInLimiter } from './sign-in-limiter.ts'
import { accountKindOf, countAdmins, insertUser } from './account.store.ts'
import { createLink, takeLink, useApiToken } from './credential.store.ts'
import {
  aliveNow,
  endDeadSessions,
  endSessionOf,
  endSessions,
  findSession,
  insertSession,
  readLiveSessions,
} from './session.store.ts'
import type { SessionDeps } from './session-deps.ts'
import { registerAccounts } from './accounts.routes.ts'
import { registerGroups } from './groups.routes.ts'
import { registerOpenId } from './openid.routes.ts'
import { pruneFlows } from './openid.store.ts'
import { registerSessions } from './sessions.routes.ts'
import { registerSignIn } from './sign-in.routes.ts'
import { registerTotp } from './totp.routes.ts'

const SETUP_LINK_MINUTES = 24 * 60

type Account = { id: number; name: string; email: string; openid_subject: string | null }

/** What a session was found by, and by which rules it counts now. */
const rulesNow = (deps: SessionDeps) => ({
  ...aliveNow(deps),
  isSecondStepRequired: deps.isSecondStepRequired,
})

const toMe = (
  session: NonNullable<Awaited<ReturnType<typeof findSession>>>,
  { source }: SessionDeps,
): Me => ({
  user: {
    id: session.id,
    name: session.name,
    email: session.email,
    signsInBy: accountKindOf(session),
    // Whoever may do nothing at all is told so by every route.
    role: highestRole(session.access) ?? 'viewer',
    access: { everywhere: session.access.everywhere, fleets: [...session.access.fleets] },
  },
  needsSecondStep: session.needsSecondStep,
  source: source(),
  csrfToken: session.csrf_token,
  expiresAt: session.expires_at.toISOString(),
})

export function sessionModule(deps: SessionDeps) {
  const sessionCookie = cookieName('session', deps.isSecure)
  const limiter = new SignInLimiter(deps.db, deps.now)

  /** `how` goes to the audit log; null where the log says it already. */
  async function start(
    request: FastifyRequest,
    reply: FastifyReply,
    account: Account,
    how: string | null,
  ): Promise<Me> {
    const session = await deps.db.transaction().execute(async (trx) => {
      if (how !== null)
        await deps.audit(trx, {
          actor: { name: account.name, kind: 'user', address: request.ip },
          action: 'session.start',
          subjectKind: 'user',
          subjectId: String(account.id),
          summary: how,
        })
      // What this browser was signed in as before; its cookie is replaced.
      const before = request.cookies[sessionCookie]
      const ended = before === undefined ? null : await endSessionOf(trx, before)
      if (ended !== null) deps.endSockets(ended)
      return insertSession(trx, account.id, deps.now(), deps.sessionHours, {
        userAgent: request.headers['user-agent'] ?? '',
        address: request.ip,
      })
    })
    reply.setCookie(sessionCookie, session.token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: deps.isSecure,
      expires: session.expiresAt,
    })
    const opened = await identifyCookie(session.token)
    if (!opened) throw Problem.unauthorized('The account was disabled meanwhile')
    return toMe(opened, deps)
  }

  async function identifyCookie(token: string | undefined) {
    return token === undefined || token === '' ? undefined : findSession(deps.db, token, rulesNow(deps))
  }

  async function identifyCaller(
    cookie: string | undefined,
    authorization: string | undefined,
    address: string,
  ): Promise<Identity | null> {
    if (authorization?.startsWith('Bearer wh_')) {
      const token = await useApiToken(deps.db, authorization.slice('Bearer '.length), deps.now())
      return token
        ? {
            name: token.name,
            kind: 'api-token',
            access: { everywhere: token.role, fleets: token.fleets },
            userId: null,
            tokenId: token.id,
            sessionId: null,
            csrfToken: null,
            needsSecondStep: false,
            address,
          }
        : null
    }
    const session = await identifyCookie(cookie)
    if (!session) return null
    return {
      name: session.name,
      kind: 'user',
      access: session.access,
      userId: session.id,
      tokenId: null,
      sessionId: session.token_hash,
      csrfToken: session.csrf_token,
      needsSecondStep: session.needsSecondStep,
      address,
    }
  }

  function registerSession(app: FastifyInstance): void {
    registerRoute(app, routes.getSetup, async () => ({
      isNeeded: (await countAdmins(deps.db)) === 0,
      hasPasswords: deps.hasPasswords,
      openId: deps.openId && { name: deps.openId.name },
    }))
    registerRoute(app, routes.completeSetup, async ({ body, request, reply }) => {
      await mustBeStrong('body.password', body.password, body)
      const password_hash = await hashPassword(body.password)
      const account = await deps.db.transaction().execute(async (trx) => {
        if (!(await takeLink(trx, 'setup', body.token, deps.now())) || (await countAdmins(trx)) > 0) {
          throw Problem.invalid(
            'body.token',
            'was used already or is too old; start the gateway again for a new link',
          )
        }
        const created = await insertUser(trx, {
          name: body.name,
          email: body.email,
          password_hash,
          role: 'admin',
          created_at: deps.now(),
        })
        await deps.audit(trx, {
          actor: { name: created.name, kind: 'user', address: request.ip },
          action: 'user.setup',
          subjectKind: 'user',
          subjectId: String(created.id),
          summary: 'Made the first administrator',
        })
        return created
      })
      return start(request, reply, account, null)
    })
    registerRoute(app, routes.signOut, async ({ caller, reply }) => {
      if (caller.sessionId !== null) {
        const { sessionId, userId } = caller
        await deps.db.transaction().execute(async (trx) => {
          await trx.deleteFrom('user_session').where('token_hash', '=', sessionId).execute()
          await deps.audit(trx, {
            actor: caller,
            action: 'session.end',
            subjectKind: 'user',
            subjectId: String(userId),
            summary: 'Signed out',
          })
        })
        deps.endSockets(sessionId)
      }
      reply.clearCookie(sessionCookie, { path: '/', secure: deps.isSecure })
    })
    registerRoute(app, routes.getMe, async ({ request, caller }) => {
      const session =
        caller.sessionId === null ? undefined : await identifyCookie(request.cookies[sessionCookie])
      if (!session) throw Problem.forbidden('API tokens have no session')
      return toMe(session, deps)
    })
  }

  return {
    identifyCaller,
    /** For the live socket: the same cookie. */
    async identifySocket(cookies: Record<string, string | undefined>): Promise<SocketIdentity | null> {
      const session = await identifyCookie(cookies[sessionCookie])
      return session ? { userId: session.id, access: session.access, sessionId: session.token_hash } : null
    },
    /** For sockets that are open: which of their sessions still live, and with what rights. */
    liveSessions: (sessionIds: readonly string[]) => readLiveSessions(deps.db, sessionIds, rulesNow(deps)),
    /** A link for the first administrator while there is none, else null. Older links stop working. */
    async setupLink(): Promise<string | null> {
      if ((await countAdmins(deps.db)) > 0) return null
      await deps.db.deleteFrom('one_time_link').where('purpose', '=', 'setup').execute()
      const { token } = await createLink(deps.db, 'setup', null, deps.now(), SETUP_LINK_MINUTES)
      return `${deps.publicUrl()}/setup#token=${token}`
    },
    /** Job: forgets sessions that ran out or idle, with their sockets, old links and failures, and sign-ins that nobody came back from. */
    async prune(): Promise<void> {
      for (const sessionId of await endDeadSessions(deps.db, aliveNow(deps))) deps.endSockets(sessionId)
      await deps.db.deleteFrom('one_time_link').where('expires_at', '<', deps.now()).execute()
      await pruneFlows(deps.db, deps.now())
      await limiter.prune()
    },
    register(app: FastifyInstance): void {
      app.decorateRequest('caller', null)
      app.addHook('onRequest', (request, _reply, done) => {
        // Devices need not wait for it.
        if (!request.url.startsWith('/api/')) return done()
        identifyCaller(request.cookies[sessionCookie], request.headers.authorization, request.ip)
          .then((caller) => (request.caller = caller))
          .then(() => done(), done)
      })
      const endSessionsOf = (userId: number, except: string | null) => endAll(deps, userId, except)
      registerSession(app)
      registerSignIn(app, { ...deps, limiter, start })
      registerOpenId(app, { ...deps, limiter, start, endSessions: endSessionsOf })
      registerTotp(app, { ...deps, limiter, endSessions: endSessionsOf })
      registerSessions(app, deps)
      registerGroups(app, deps)
      registerAccounts(app, { ...deps, endSessions: endSessionsOf })
    },
  }
}

async function endAll(deps: SessionDeps, userId: number, exceptSessionId: string | null): Promise<void> {
  for (const sessionId of await endSessions(deps.db, userId, exceptSessionId)) deps.endSockets(sessionId)
}
