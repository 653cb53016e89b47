import { z } from 'zod'
import { CannotStart } from './cannot-start.ts'
import { isSafeIssuer, parseGrants, type OpenIdSettings } from './openid-settings.ts'

const DAY_HOURS = 24
const positive = (fallback: number) =>
  z.coerce
    .number({ error: 'it must be a number' })
    .positive({ error: 'it must be more than 0' })
    .default(fallback)
const whole = (fallback: number, minimum: number, maximum: number) => {
  const error = `it must be a whole number from ${minimum} to ${maximum}`
  return z.coerce
    .number({ error })
    .int({ error })
    .min(minimum, { error })
    .max(maximum, { error })
    .default(fallback)
}
const yesOrNo = (fallback: 'true' | 'false') =>
  z
    .enum(['true', 'false'], { error: 'it must be true or false' })
    .default(fallback)
    .transform((value) => value === 'true')

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Every setting with its default; the text is what docs/configuration.md prints. */
export const configSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address the gateway listens on'),
  PORT: whole(8080, 0, 65535).describe('Port the gateway listens on; 0 takes a free one'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'it must be an http:// or https:// address' })
    .optional()
    .describe('Address under which browsers and devices reach the gateway, when a proxy stands before it'),
  WHEELHOUSE_DATA: z.string().min(1).default('./.wheelhouse').describe('Folder of the embedded database'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'it must start with postgresql://')
    .optional()
    .describe('PostgreSQL to use instead of the embedded database'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'it must start with redis:// or rediss://')
    .optional()
    .describe('Redis that gateways on one PostgreSQL share; needed as soon as there is more than one'),
  LOG_LEVEL: z
    .enum(logLevels, { error: `it must be one of ${logLevels.join(', ')}` })
    .default('info')
    .describe('Least severe log line written'),
  WHEELHOUSE_POLL_INTERVAL_MS: whole(600_000, 1_000, 86_400_000).describe(
    'Least interval between polls of a device, told to it in its target state, in milliseconds; of devices of an openBalena, its DEFAULT_SUPERVISOR_POLL_INTERVAL',
  ),
  WHEELHOUSE_DEVICE_QUEUE: whole(5_000, 1, 1_000_000).describe(
    'Messages of devices that may wait for the database; beyond, devices are answered 503 and come again',
  ),
  WHEELHOUSE_REQUEST_SECONDS: whole(60, 1, 3_600).describe(
    'Seconds within which the headers of a request, and then its body, must have come; the log streams of devices end by silence alone',
  ),
  WHEELHOUSE_SESSION_HOURS: positive(14 * DAY_HOURS).describe('Hours after which a session ends'),
  WHEELHOUSE_SESSION_IDLE_HOURS: positive(7 * DAY_HOURS).describe(
    'Hours without a request and without an open page after which a session ends sooner',
  ),
  WHEELHOUSE_SIGN_INS_PER_MINUTE: whole(30, 0, 100_000).describe(
    'Attempts to sign in, by whichever way, that one address may make in a minute; 0 sets no limit',
  ),
  WHEELHOUSE_LOCAL_PASSWORDS: yesOrNo('true').describe(
    'Whether one may sign in with a password of this gateway; one-time links work in any case',
  ),
  WHEELHOUSE_REQUIRE_SECOND_STEP: yesOrNo('false').describe(
    'Whether accounts of this gateway may do nothing until codes of an authenticator app are asked for at their sign-in',
  ),
  WHEELHOUSE_OIDC_ISSUER: z
    .string()
    .refine(isSafeIssuer, 'it must be an https:// address; http:// only on this machine')
    .optional()
    .describe(
      'Issuer of the OpenID provider at which people sign in; absent: there is none (docs/access.md)',
    ),
  WHEELHOUSE_OIDC_CLIENT_ID: z.string().optional().describe('What the OpenID provider calls this gateway'),
  WHEELHOUSE_OIDC_CLIENT_SECRET: z
    .string()
    .optional()
    .describe('By what the OpenID provider knows this gateway; absent: it is registered as a public client'),
  WHEELHOUSE_OIDC_SCOPES: z
    .string()
    .refine((text) => text.split(/\s+/).includes('openid'), 'it must hold openid')
    .default('openid profile email')
    .describe('Scopes asked of the OpenID provider, with spaces between them'),
  WHEELHOUSE_OIDC_NAME: z
    .string()
    .max(50, 'it must have at most 50 characters')
    .default('single sign-on')
    .describe('Name of the OpenID provider on the button "Sign in with …"'),
  WHEELHOUSE_OIDC_ROLES_CLAIM: z
    .string()
    .default('groups')
    .describe(
      'Claim that holds what WHEELHOUSE_OIDC_ROLES names; a path such as realm_access.roles leads deeper',
    ),
  WHEELHOUSE_OIDC_ROLES: z
    .string()
    .transform((text, context) => {
      try {
        return parseGrants(text)
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
        return z.NEVER
      }
    })
    .optional()
    .describe(
      'Which values of the claim give which role, everywhere or in a fleet by name or id: crew=viewer, ops=support@Kiosks',
    ),
  WHEELHOUSE_HEAVY_CALLS_PER_MINUTE: whole(120, 0, 100_000).describe(
    'Calls a minute that a person or token may make of each export, report, preview, check and test; 0 sets no limit',
  ),
  WHEELHOUSE_LOG_RETENTION_DAYS: positive(30).describe(
    'Days for which log lines are kept; a fleet may set its own',
  ),
  WHEELHOUSE_LOG_RETENTION_BYTES: z.coerce
    .number({ error: 'it must be a number of bytes' })
    .min(1_000_000, { error: 'it must be at least 1000000 bytes' })
    .optional()
    .describe('Bytes of log lines kept of each fleet; a fleet may set its own; absent: no limit'),
  WHEELHOUSE_LOG_LINES_PER_DEVICE: whole(100_000, 100, 10_000_000).describe(
    'Newest log lines kept of each device',
  ),
  WHEELHOUSE_METRIC_RETENTION_DAYS: positive(30).describe('Days for which metrics are kept'),
  WHEELHOUSE_EVENT_RETENTION_DAYS: positive(365).describe('Days for which device events are kept'),
  WHEELHOUSE_SOURCE: z
    .enum(['embedded', 'balena'], { error: 'it must be embedded or balena' })
    .default('embedded')
    .describe(
      'Where fleets come from: embedded, this gateway is what devices talk to; balena, an openBalena or balenaCloud (docs/openbalena.md)',
    ),
  BALENA_API_URL: z
    .url({ protocol: /^https?$/, error: 'it must be an http:// or https:// address' })
    .optional()
    .describe('Address of the API of the openBalena, such as https://api.example.com'),
  BALENA_API_TOKEN: z
    .string()
    .optional()
    .describe('API key with which the openBalena is read and steered; it stays in the gateway'),
  BALENA_REQUESTS_PER_MINUTE: whole(240, 20, 10_000).describe(
    'Most requests a minute that are made of the openBalena',
  ),
  WHEELHOUSE_WEBHOOK_ALLOW_PRIVATE: yesOrNo('true').describe(
    'Whether webhooks may call addresses of the own machine and network',
  ),
  WHEELHOUSE_METRIC_SPACING_SECONDS: whole(60, 1, 86_400).describe(
    'Least seconds between two stored metric points of a device',
  ),
})
export type Config = z.infer<typeof configSchema>

/** A setting that cannot be used; the message is one sentence for the terminal. */
export class ConfigError extends CannotStart {}

const withoutPassword = (text: string) => text.replace(/:\/\/[^@/]*@/, '://…@')

/** Reads the settings from environment variables; an empty variable counts as absent. Throws ConfigError. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.keys(configSchema.shape).flatMap((name): [string, string][] => {
      const value = environment[name]?.trim()
      return value ? [[name, value]] : []
    }),
  )
  const parsed = configSchema.safeParse(given)
  if (parsed.success) {
    checkSignIn(parsed.data)
    checkSource(parsed.data)
    if (parsed.data.REDIS_URL !== undefined && parsed.data.DATABASE_URL === undefined)
      throw new ConfigError(
        'REDIS_URL is for gateways that share a PostgreSQL, and DATABASE_URL names none: set it, or leave REDIS_URL away.',
      )
    return parsed.data
  }
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0])
  throw new ConfigError(
    `The environment variable ${name} is "${withoutPassword(given[name] ?? '')}", which cannot be used: ${issue?.message ?? 'unknown reason'}.`,
  )
}

/** What only shows when several settings are looked at together. */
function checkSignIn(config: Config): void {
  if (config.WHEELHOUSE_OIDC_ISSUER === undefined) {
    if (config.WHEELHOUSE_LOCAL_PASSWORDS) return
    throw new ConfigError(
      'WHEELHOUSE_LOCAL_PASSWORDS is "false" and there is no WHEELHOUSE_OIDC_ISSUER: nobody could sign in.',
    )
  }
  for (const name of ['WHEELHOUSE_OIDC_CLIENT_ID', 'WHEELHOUSE_OIDC_ROLES'] as const)
    if (config[name] === undefined)
      throw new ConfigError(`The environment variable ${name} is missing: WHEELHOUSE_OIDC_ISSUER needs it.`)
}

function checkSource(config: Config): void {
  if (config.WHEELHOUSE_SOURCE !== 'balena') return
  for (const name of ['BALENA_API_URL', 'BALENA_API_TOKEN'] as const)
    if (config[name] === undefined)
      throw new ConfigError(
        `The environment variable ${name} is missing: WHEELHOUSE_SOURCE=balena needs it (docs/openbalena.md).`,
      )
}

/** The OpenID provider that the settings name; null: none. */
export function openIdOf(config: Config): OpenIdSettings | null {
  const issuer = config.WHEELHOUSE_OIDC_ISSUER
  const clientId = config.WHEELHOUSE_OIDC_CLIENT_ID
  if (issuer === undefined || clientId === undefined) return null
  return {
    issuer: new URL(issuer),
    clientId,
    clientSecret: config.WHEELHOUSE_OIDC_CLIENT_SECRET ?? null,
    scopes: config.WHEELHOUSE_OIDC_SCOPES,
    name: config.WHEELHOUSE_OIDC_NAME,
    rolesClaim: config.WHEELHOUSE_OIDC_ROLES_CLAIM,
    grants: config.WHEELHOUSE_OIDC_ROLES ?? [],
  }
}
