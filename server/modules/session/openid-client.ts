import * as client from 'openid-client'
import type { SignInProblem } from '#contract/session'
import type { OpenIdSettings } from '../../platform/openid-settings.ts'
import { claimValues, type Claims } from './openid-claims.rules.ts'

const ANSWER_WITHIN_SECONDS = 10
/** What a provider says of itself hardly ever changes; it is asked again after this. */
const KNOWN_FOR_MS = 3_600_000

/** The provider cannot be asked now; the message is for people. */
export class ProviderUnavailable extends Error {}

/** What one sign-in must show again when the browser comes back. */
export type FlowSecrets = { state: string; nonce: string; verifier: string }

/** Where the error came from lies in causes; none of them is a thing to show. */
function whyUnavailable(error: unknown): string {
  if (error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT') return 'does not answer in time'
  if (error instanceof TypeError) return 'cannot be reached'
  return 'does not answer as an OpenID provider does'
}

/** Why a sign-in that came back from the provider failed, as far as the person is told. */
export function problemOf(error: unknown): SignInProblem {
  if (error instanceof ProviderUnavailable || error instanceof TypeError) return 'unavailable'
  if (error instanceof client.AuthorizationResponseError)
    return /^(server_error|temporarily_unavailable)$/.test(error.error) ? 'unavailable' : 'denied'
  if (error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT') return 'unavailable'
  return 'untrusted'
}

/**
 * An OpenID provider, asked by authorisation code with PKCE, state and nonce. It is looked up when somebody wants to sign in
 * and again until it answers, so that one that is down keeps nothing else from working.
 */
export class OpenIdClient {
  readonly settings: OpenIdSettings
  readonly #nowMs: () => number
  #known: { configuration: client.Configuration; untilMs: number } | null = null
  #asking: Promise<client.Configuration> | null = null

  constructor(settings: OpenIdSettings, nowMs: () => number) {
    this.settings = settings
    this.#nowMs = nowMs
  }

  /** Where the browser is to go, and what its return is checked by. Throws ProviderUnavailable. */
  async begin(redirectUri: string): Promise<FlowSecrets & { url: string }> {
    const configuration = await this.#configuration()
    const secrets = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.settings.scopes,
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier),
      code_challenge_method: 'S256',
    })
    return { ...secrets, url: url.href }
  }

  /** What the provider says of whoever came back to `cameTo`; throws where it does not fit what was begun. */
  async finish(cameTo: URL, { state, nonce, verifier }: FlowSecrets): Promise<Claims> {
    const configuration = await this.#configuration()
    const tokens = await client.authorizationCodeGrant(configuration, cameTo, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    })
    const claims: Claims = tokens.claims() ?? {}
    const isWhole = [this.settings.rolesClaim, 'email'].every((name) => claimValues(claims, name).length > 0)
    const [subject] = claimValues(claims, 'sub')
    if (isWhole || subject === undefined || configuration.serverMetadata().userinfo_endpoint === undefined)
      return claims
    // Many providers put little into the token and tell the rest when asked.
    return { ...(await client.fetchUserInfo(configuration, tokens.access_token, subject)), ...claims }
  }

  async #configuration(): Promise<client.Configuration> {
    const known = this.#known
    if (known && this.#nowMs() < known.untilMs) return known.configuration
    // Those who sign in at once ask once.
    this.#asking ??= this.#discover().finally(() => {
      this.#asking = null
    })
    try {
      return await this.#asking
    } catch (error) {
      if (known) return known.configuration
      throw new ProviderUnavailable(whyUnavailable(error), { cause: error })
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings
    const configuration = await client.discovery(issuer, clientId, undefined, authentication(clientSecret), {
      timeout: ANSWER_WITHIN_SECONDS,
      execute: [
        client.enableNonRepudiationChecks,
        // Marked to stand out: it is for the own machine alone (`isSafeIssuer`).
        // eslint-disable-next-line @typescript-eslint/no-deprecated
        ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
      ],
    })
    this.#known = { configuration, untilMs: this.#nowMs() + KNOWN_FOR_MS }
    return configuration
  }
}

/** Shows the secret in the way the provider understands: by OpenID Connect's own default where it says nothing. */
function authentication(secret: string | null): client.ClientAuth {
  if (secret === null) return client.None()
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const show = methods.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost
    show(secret)(server, ...rest)
  }
}
