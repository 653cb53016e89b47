import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { routes } from '#contract/routes'
import { safePath } from '#contract/safe-path'
import type { SignInProblem } from '#contract/session'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { makeSecret } from '../../platform/secrets.ts'
import { cookieName } from './cookie-names.ts'
import { OpenIdClient, problemOf, ProviderUnavailable } from './openid-client.ts'
import type { Claims } from './openid-claims.rules.ts'
import { admitPerson } from './openid-person.service.ts'
import { FLOW_MINUTES, insertFlow, takeFlow } from './openid.store.ts'
import type { SessionDeps } from './session-deps.ts'
import type { SignInLimiter } from './sign-in-limiter.ts'

const BROWSER = /^[\w-]{43}$/

type Account = { id: number; name: string; email: string; openid_subject: string }
type Deps = SessionDeps & {
  limiter: SignInLimiter
  /** Opens the session; `how` goes to the audit log. */
  start: (request: FastifyRequest, reply: FastifyReply, account: Account, how: string) => Promise<unknown>
  endSessions: (userId: number, exceptSessionId: string | null) => Promise<void>
}
/** Where the browser came back with, and what it leads on to once the sign-in that it answers is known. */
type Return = { request: FastifyRequest; reply: FastifyReply; state: string; next: string | null }

/** What the log may know of a failure at the provider: no tokens and no claims, which lie in its parts. */
function toLog(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { reason: String(error) }
  const { code, error: answer } = error as Error & { code?: unknown; error?: unknown }
  const cause = error.cause instanceof Error ? { cause: toLog(error.cause) } : {}
  return { reason: error.message, code, answer, ...cause }
}

const signInPage = (problem: SignInProblem, next: string | null) =>
  `/sign-in?${new URLSearchParams({ problem, ...(next === null ? {} : { next }) }).toString()}`

const noProvider = () =>
  new Problem({
    status: 404,
    code: 'not-found',
    title: 'Not found',
    detail: 'This gateway signs nobody in at an OpenID provider',
  })

/** Sign-in at an OpenID provider, which says at each sign-in what somebody may do. */
export function registerOpenId(app: FastifyInstance, deps: Deps): void {
  const provider = deps.openId && new OpenIdClient(deps.openId, () => deps.now().getTime())
  /** Names the browser that begins a sign-in, so that no other one can end it. */
  const browserCookie = cookieName('openid', deps.isSecure)
  const redirectUri = () => deps.publicUrl() + routes.finishOpenId.path

  registerRoute(app, routes.startOpenId, async ({ body, request, reply }) => {
    if (!provider) throw noProvider()
    const flow = await begin(deps, provider, redirectUri())
    const known = request.cookies[browserCookie]
    // The same for all tabs of a browser: a sign-in begun in one does not undo that of another.
    const browser = known !== undefined && BROWSER.test(known) ? known : makeSecret('')
    await insertFlow(deps.db, flow, { browser, next: safePath(body.next, deps.publicUrl()), now: deps.now() })
    reply.setCookie(browserCookie, browser, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: deps.isSecure,
      maxAge: FLOW_MINUTES * 60,
    })
    return { url: flow.url }
  })

  registerRoute(app, routes.finishOpenId, async ({ query, request, reply }) => {
    if (!provider) throw noProvider()
    const back: Return = { request, reply, state: query.state ?? '', next: null }
    const problem = await comeBack(deps, provider, redirectUri(), back).catch((error: unknown) => {
      request.log.error({ err: error, requestId: request.id }, 'a sign-in by OpenID failed')
      return 'failed' as const
    })
    const to = problem === null ? (back.next ?? '/') : signInPage(problem, back.next)
    reply.header('cache-control', 'no-store').redirect(to, 303)
  })
}

async function begin({ log }: Deps, provider: OpenIdClient, redirectUri: string) {
  try {
    return await provider.begin(redirectUri)
  } catch (error) {
    if (!(error instanceof ProviderUnavailable)) throw error
    log.warn(toLog(error), 'the OpenID provider is not available')
    throw new Problem({
      status: 503,
      code: 'openid-unavailable',
      title: `Signing in with ${provider.settings.name} is not possible now`,
      detail: `The provider ${error.message}. Try again shortly, or sign in another way`,
    })
  }
}

/** Signs in whoever came back; answers why not, or null. */
async function comeBack(
  deps: Deps,
  provider: OpenIdClient,
  redirectUri: string,
  back: Return,
): Promise<SignInProblem | null> {
  const { request } = back
  const { db, log, limiter } = deps
  if (await limiter.isShut(request.ip)) return 'too-many'
  const attempt = await limiter.begin(request.ip, null)
  const flow = await takeFlow(
    db,
    back.state,
    request.cookies[cookieName('openid', deps.isSecure)] ?? '',
    deps.now(),
  )
  if (!flow) return 'stale'
  back.next = flow.next
  const cameTo = new URL(redirectUri)
  cameTo.search = request.url.slice(request.url.indexOf('?'))
  let claims: Claims
  try {
    claims = await provider.finish(cameTo, { ...flow, state: back.state })
  } catch (error) {
    const problem = problemOf(error)
    log.warn({ ...toLog(error), problem }, 'a sign-in at the OpenID provider was refused')
    return problem
  }
  const admission = await admitPerson({ ...deps, settings: provider.settings }, claims, request.ip)
  if (!admission.isIn) {
    if (admission.userId !== null) await deps.endSessions(admission.userId, null)
    return admission.problem
  }
  if (admission.hasChanged) deps.renewRights([admission.account.id])
  await attempt.succeed()
  await deps.start(request, back.reply, admission.account, `Signed in with ${provider.settings.name}`)
  return null
}
