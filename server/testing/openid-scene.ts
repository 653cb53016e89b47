import { expect } from 'vitest'
import { routes } from '#contract/routes'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startOpenIdProvider,
  type OpenIdProvider,
} from '../../scripts/openid-provider.ts'
import { cookieName } from '../modules/session/cookie-names.ts'
import { startTestApp, type TestApp } from './test-app.ts'
import { TestClient } from './test-client.ts'

const PUBLIC_URL = 'http://wheelhouse.test'
export const CALLBACK = PUBLIC_URL + routes.finishOpenId.path
/** Where people want to go when a test does not say. */
export const NEXT = '/devices?q=a'

/** Where somebody is led who is not let in. */
export const refusal = (problem: string, next: string | null = NEXT) =>
  `/sign-in?${new URLSearchParams({ problem, ...(next === null ? {} : { next }) }).toString()}`

let serial = 0

/** The gateway, a real OpenID provider, and people who go from one to the other. */
export class OpenIdScene {
  readonly app: TestApp
  readonly admin: TestClient
  readonly provider: OpenIdProvider

  private constructor(app: TestApp, admin: TestClient, provider: OpenIdProvider) {
    this.app = app
    this.admin = admin
    this.provider = provider
  }

  /** `provider`: one that runs already, which the caller then stops. */
  static async open(
    environment: Record<string, string> = {},
    provider?: OpenIdProvider,
  ): Promise<OpenIdScene> {
    const asked = provider ?? (await startOpenIdProvider())
    asked.admit(CALLBACK)
    const app = await startTestApp({
      environment: {
        PUBLIC_URL,
        WHEELHOUSE_OIDC_ISSUER: asked.issuer,
        WHEELHOUSE_OIDC_CLIENT_ID: CLIENT_ID,
        WHEELHOUSE_OIDC_CLIENT_SECRET: CLIENT_SECRET,
        WHEELHOUSE_OIDC_SCOPES: 'openid profile email groups',
        WHEELHOUSE_OIDC_NAME: 'Example Corp',
        WHEELHOUSE_OIDC_ROLES: 'leads=admin, crew=viewer, kiosk-ops=release-manager@Kiosks',
        WHEELHOUSE_SIGN_INS_PER_MINUTE: '0',
        ...environment,
      },
    })
    return new OpenIdScene(app, new TestClient(app, await app.as('admin')), asked)
  }

  async close(): Promise<void> {
    await this.app.close()
    await this.provider.stop()
  }

  /** Somebody new at the provider, by login. */
  addPerson(groups: string[], own: { name?: string; email?: string } = {}): string {
    const login = `person-${String(++serial)}`
    const person = { name: `Name of ${login}`, email: `${login}@example.com`, groups, ...own }
    this.provider.people.set(login, person)
    return login
  }

  regroup(login: string, groups: string[]): void {
    const person = this.provider.people.get(login)
    if (!person) throw new Error(`${login} is nobody`)
    this.provider.people.set(login, { ...person, groups })
  }

  /** Begins in a browser that has this cookie, or none yet; answers where it is to go, and the cookie it then has. */
  async begin(next = NEXT, cookie = ''): Promise<{ url: string; cookie: string }> {
    const answer = await this.app.app.inject({
      method: 'POST',
      url: routes.startOpenId.path,
      headers: { cookie },
      payload: { next },
    })
    expect(answer.statusCode, answer.body).toBe(200)
    const [made] = answer.cookies
    expect(made).toMatchObject({
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      maxAge: 600,
    })
    return { url: answer.json<{ url: string }>().url, cookie: `${made?.name ?? ''}=${made?.value ?? ''}` }
  }

  /** The browser comes back; answers where it is led, and as whom where it is let in. */
  async comeBack(returned: string, cookie: string) {
    const { pathname, search } = new URL(returned)
    const answer = await this.app.app.inject({
      method: 'GET',
      url: pathname + search,
      headers: { cookie },
    })
    expect(answer.statusCode, answer.body).toBe(303)
    expect(answer.headers['cache-control']).toBe('no-store')
    const session = answer.cookies.find(({ name }) => name === cookieName('session', false))
    return {
      leadsTo: answer.headers.location,
      client:
        session && new TestClient(this.app, { cookie: `${cookieName('session', false)}=${session.value}` }),
      session,
    }
  }

  /** The whole way, as `login`; null: somebody who calls it off at the provider. */
  async signIn(login: string | null, next = NEXT) {
    const begun = await this.begin(next)
    return this.comeBack(await this.provider.visit(begun.url, login), begun.cookie)
  }

  /** A client of somebody who is let in. */
  async enter(login: string): Promise<TestClient> {
    const { client, leadsTo } = await this.signIn(login)
    if (!client) throw new Error(`not let in: ${String(leadsTo)}`)
    return client
  }
}
