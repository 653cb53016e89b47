import { pino, stdSerializers, type DestinationStream, type Logger as PinoLogger } from 'pino'

export type Logger = Pick<PinoLogger, 'info' | 'warn' | 'error' | 'debug' | 'fatal'>

/**
 * What drivers and parsers hang on their errors: parameters of a statement, a row it would not take, the bytes of a request.
 * All of these may hold secrets.
 */
const withheld = ['params', 'parameters', 'detail', 'where', 'rawPacket']

function withoutContents(error: Error): unknown {
  const told: unknown = stdSerializers.err(error)
  if (typeof told !== 'object' || told === null) return told
  return Object.fromEntries(Object.entries(told).filter(([name]) => !withheld.includes(name)))
}

/** Structured lines on stdout, for people when it is a terminal. Secrets never reach it. `destination`: for tests. */
export function makeLogger(level: string, destination?: DestinationStream): PinoLogger {
  const options = {
    level,
    serializers: { err: withoutContents },
    redact: {
      paths: [
        'req.headers.authorization',
        'req.headers.cookie',
        '*.password',
        '*.token',
        '*.secret',
        '*.api_key',
        '*.apiKey',
      ],
      censor: '[secret]',
    },
  }
  if (destination) return pino(options, destination)
  if (!process.stdout.isTTY) return pino(options)
  const target = { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } }
  return pino({ ...options, transport: target })
}
