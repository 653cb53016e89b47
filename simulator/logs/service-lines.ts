import type { Random } from '../random.ts'

export type ServiceLine = { message: string; isStdErr: boolean }

const colour = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 } as const
const paint = (name: keyof typeof colour, text: string) => `\u001b[${colour[name]}m${text}\u001b[0m`

type Writer = (random: Random, clockMs: number) => ServiceLine
const out = (message: string): ServiceLine => ({ message, isStdErr: false })
const err = (message: string): ServiceLine => ({ message, isStdErr: true })

const millis = (random: Random) => random.int(2, 480)
const at = (clockMs: number) => new Date(clockMs).toISOString()

/** A service that writes JSON lines with numbers for levels. */
const json: Writer = (random, clockMs) => {
  const base = { time: clockMs, pid: random.int(7, 40) }
  const draw = random.next()
  if (draw < 0.05)
    return out(JSON.stringify({ level: 40, ...base, msg: 'upload is slow', queued: random.int(20, 400) }))
  if (draw < 0.07)
    return out(
      JSON.stringify({ level: 50, ...base, msg: 'upload failed', err: { code: 'ECONNRESET' }, attempt: 1 }),
    )
  return out(
    JSON.stringify({
      level: 30,
      ...base,
      msg: 'batch uploaded',
      items: random.int(1, 60),
      ms: millis(random),
    }),
  )
}

/** A payment service: JSON lines with words for levels. */
const payments: Writer = (random, clockMs) => {
  const say = (level: string, message: string, more: Record<string, unknown>) =>
    out(JSON.stringify({ level, time: at(clockMs), message, ...more }))
  const draw = random.next()
  if (draw < 0.05) return say('warning', 'terminal answers slowly', { ms: random.int(1_500, 6_000) })
  if (draw < 0.07) return say('error', 'payment declined by the terminal', { code: random.int(51, 65) })
  if (draw < 0.3) return say('debug', 'terminal polled', { ms: millis(random) })
  return say('info', 'payment authorised', { cents: random.int(120, 4_900), ms: random.int(300, 1_900) })
}

/** A web interface: coloured access lines. */
const coloured: Writer = (random) => {
  const draw = random.next()
  if (draw < 0.04) return out(`${paint('yellow', 'WARN')} frame budget exceeded: ${random.int(34, 90)} ms`)
  if (draw < 0.055)
    return err(`${paint('red', 'ERROR')} GPU process lost, falling back to software rendering`)
  if (draw < 0.2) return out(`${paint('grey', 'DEBUG')} idle for ${random.int(5, 90)} s`)
  const path = random.pick(['/', '/basket', '/catalogue', '/pay/status', '/assets/app.js', '/healthz'])
  return out(`${paint('green', '200')} GET ${paint('cyan', path)} ${millis(random)} ms`)
}

/** A measuring service: key=value lines. */
const measuring: Writer = (random, clockMs) => {
  const draw = random.next()
  const channel = random.pick(['pm25', 'temperature', 'humidity', 'pressure', 'wind'])
  if (draw < 0.05)
    return out(`ts=${at(clockMs)} level=warn msg="checksum mismatch, reading skipped" channel=${channel}`)
  if (draw < 0.06)
    return err(`ts=${at(clockMs)} level=error msg="i2c: no acknowledge" address=0x${random.hex(2)}`)
  return out(
    `ts=${at(clockMs)} level=info msg=reading channel=${channel} value=${random.between(2, 90).toFixed(2)} took=${millis(random)}ms`,
  )
}

/** Python's logging format; warnings and errors on stderr, as its default handler does. */
const python: Writer = (random, clockMs) => {
  const stamp = at(clockMs).replace('T', ' ').replace('.', ',').slice(0, 23)
  const draw = random.next()
  if (draw < 0.04) return err(`${stamp} WARNING navigator.gnss: fix degraded, ${random.int(3, 5)} satellites`)
  if (draw < 0.05) return err(`${stamp} ERROR navigator.planner: no route within the battery's reach`)
  if (draw < 0.2) return out(`${stamp} DEBUG navigator.planner: replanned in ${millis(random)} ms`)
  return out(
    `${stamp} INFO navigator.gnss: fix ${random.int(8, 19)} satellites, hdop ${random.between(0.6, 1.8).toFixed(1)}`,
  )
}

/** A vision service: frames and detections. */
const vision: Writer = (random) => {
  const draw = random.next()
  if (draw < 0.03) return err(`[camera] WARNING: dropped ${random.int(1, 9)} frames, encoder busy`)
  if (draw < 0.3)
    return out(
      `[detector] info: ${random.int(0, 6)} objects, best score ${random.between(0.51, 0.99).toFixed(2)}`,
    )
  return out(`[camera] info: ${random.between(23.1, 30).toFixed(1)} fps, exposure ${random.int(2, 30)} ms`)
}

/** Any other service. */
const plain: Writer = (random) => {
  const draw = random.next()
  if (draw < 0.05) return out(`warning: retrying in ${random.int(1, 30)} s`)
  if (draw < 0.06) return err('error: connection reset by peer')
  return out(
    `info: ${random.pick(['synchronised', 'heartbeat sent', 'cache refreshed', 'session renewed'])} in ${millis(random)} ms`,
  )
}

const writers: readonly (readonly [RegExp, Writer])[] = [
  [/ui|web|browser|display|front/, coloured],
  [/pay|checkout|till/, payments],
  [/upload|sync|telemetry|agent|connector|gateway/, json],
  [/sensor|sampl|measure|meter|logger/, measuring],
  [/navig|plan|flight|gnss|gps/, python],
  [/camera|vision|video|detect/, vision],
]

/** One line of a service that runs well, as its name lets one expect. */
export const serviceLine = (service: string, random: Random, clockMs: number): ServiceLine =>
  (writers.find(([names]) => names.test(service))?.[1] ?? plain)(random, clockMs)

/** What a service writes when it starts. */
export const startLines = (service: string, image: string): ServiceLine[] => {
  const tag = /:([^:@/]+)(@|$)/.exec(image)?.[1] ?? 'unknown version'
  return [out(`${service} ${tag} starting`), out('info: configuration read, ready')]
}

/** The last words of a service that ends with an error. */
export const crashLines = (service: string, code: number): ServiceLine[] => [
  err(`${service}: cannot read calibration: no such file or directory`),
  err('Traceback (most recent call last):'),
  err(`  File "/usr/src/app/${service.replaceAll('-', '_')}/main.py", line 88, in start`),
  err(`FileNotFoundError: [Errno 2] /data/calibration.json`),
  err(`fatal: ${service} ends with exit code ${code}`),
]
