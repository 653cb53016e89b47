import { z } from 'zod'
import { CannotStart } from './cannot-start.ts'

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
  LOG_LEVEL: z
    .enum(logLevels, { error: `it must be one of ${logLevels.join(', ')}` })
    .default('info')
    .describe('Least severe log line written'),
  WHEELHOUSE_POLL_INTERVAL_MS: whole(600_000, 1_000, 86_400_000).describe(
    'Least interval between polls of a device, told to it in its target state, in milliseconds',
  ),
  WHEELHOUSE_DEVICE_QUEUE: whole(5_000, 1, 1_000_000).describe(
    'Messages of devices that may wait for the database; beyond, devices are answered 503 and come again',
  ),
  WHEELHOUSE_SESSION_HOURS: positive(14 * DAY_HOURS).describe('Hours after which a session ends'),
  WHEELHOUSE_SIGN_INS_PER_MINUTE: whole(30, 0, 100_000).describe(
    'Attempts to sign in, by password or link, that one address may make in a minute; 0 sets no limit',
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
  WHEELHOUSE_WEBHOOK_ALLOW_PRIVATE: z
    .enum(['true', 'false'], { error: 'it must be true or false' })
    .default('true')
    .transform((value) => value === 'true')
    .describe('Whether webhooks may call addresses of the own machine and network'),
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
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0])
  throw new ConfigError(
    `The environment variable ${name} is "${withoutPassword(given[name] ?? '')}", which cannot be used: ${issue?.message ?? 'unknown reason'}.`,
  )
}
