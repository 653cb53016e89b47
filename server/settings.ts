import { openIdOf, type Config } from './platform/config.ts'

export const httpSettings = (config: Config) => ({
  isBehindProxy: config.PUBLIC_URL !== undefined,
  limits: {
    'sign-in': config.WHEELHOUSE_SIGN_INS_PER_MINUTE,
    heavy: config.WHEELHOUSE_HEAVY_CALLS_PER_MINUTE,
  },
  requestWithinMs: config.WHEELHOUSE_REQUEST_SECONDS * 1000,
})

export const sessionSettings = (config: Config) => ({
  sessionHours: config.WHEELHOUSE_SESSION_HOURS,
  sessionIdleHours: config.WHEELHOUSE_SESSION_IDLE_HOURS,
  isSecure: config.PUBLIC_URL?.startsWith('https:') ?? false,
  openId: openIdOf(config),
  hasPasswords: config.WHEELHOUSE_LOCAL_PASSWORDS,
  isSecondStepRequired: config.WHEELHOUSE_REQUIRE_SECOND_STEP,
})

export const deviceApiSettings = (config: Config) => ({
  minimumPollIntervalMs: config.WHEELHOUSE_POLL_INTERVAL_MS,
  metricSpacingMs: config.WHEELHOUSE_METRIC_SPACING_SECONDS * 1000,
  maxQueued: config.WHEELHOUSE_DEVICE_QUEUE,
})
