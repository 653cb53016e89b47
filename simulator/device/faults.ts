import { z } from 'zod'

const seconds = z.number().positive().max(31_536_000)
/** How long it lasts, in device time; absent: until it is cleared. */
const forSeconds = seconds.optional()
const percent = z.number().min(0).max(100)

/** What can go wrong with a device. All times are device time, which runs `speed` times as fast as ours. */
export const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('undervoltage'), forSeconds }),
  z.strictObject({
    kind: z.literal('cpu-heat'),
    celsius: z.number().min(40).max(105).default(92),
    forSeconds,
  }),
  z.strictObject({ kind: z.literal('cpu-busy'), forSeconds }),
  z.strictObject({ kind: z.literal('memory-leak'), percentPerMinute: percent.default(4), forSeconds }),
  z.strictObject({ kind: z.literal('disk-full'), percent: percent.default(97), forSeconds }),
  /** Without a name: the first service of the release. */
  z.strictObject({
    kind: z.literal('crash-loop'),
    service: z.string().max(255).optional(),
    exitCode: z.int().min(0).max(255).default(1),
    everySeconds: seconds.default(6),
    forSeconds,
  }),
  /** The link goes and comes back, again and again. */
  z.strictObject({
    kind: z.literal('flaky-link'),
    upSeconds: seconds.default(240),
    downSeconds: seconds.default(45),
    forSeconds,
  }),
  z.strictObject({
    kind: z.literal('slow-link'),
    bytesPerSecond: z.int().positive().default(20_000),
    forSeconds,
  }),
  /** Out of reach for a long time; it goes on running what it has. */
  z.strictObject({ kind: z.literal('away'), forSeconds }),
  /** Registers and is never heard again. */
  z.strictObject({ kind: z.literal('never-polls'), forSeconds }),
  z.strictObject({
    kind: z.literal('wrong-clock'),
    offsetSeconds: z.number().default(-94_608_000),
    forSeconds,
  }),
  /** A service holds its update lock. */
  z.strictObject({ kind: z.literal('update-lock'), forSeconds }),
  /** The supervisor hangs: no reports and, unless `polls`, no polls; containers run and their lines still come. */
  z.strictObject({ kind: z.literal('supervisor-hang'), polls: z.boolean().default(true), forSeconds }),
  /** A service that prints far too much. */
  z.strictObject({
    kind: z.literal('log-flood'),
    linesPerSecond: z.int().min(1).max(10_000).default(50),
    forSeconds,
  }),
  /** What is written to its other slot is bad: a host OS update (to `version`, or any) falls back to the old slot. */
  z.strictObject({
    kind: z.literal('bad-slot'),
    version: z.string().min(1).max(60).optional(),
    outcome: z.enum(['unhealthy', 'no-boot']).default('no-boot'),
    forSeconds,
  }),
  z.strictObject({ kind: z.literal('power-cut'), forSeconds: seconds.default(20) }),
  /** Low-level software hangs; the hardware watchdog reboots the device. */
  z.strictObject({ kind: z.literal('watchdog') }),
  z.strictObject({ kind: z.literal('supervisor-restart') }),
  z.strictObject({
    kind: z.literal('os-update'),
    version: z.string().min(1).max(60),
    outcome: z.enum(['ok', 'unhealthy', 'no-boot']).default('ok'),
  }),
])
export type Fault = z.output<typeof fault>
export const faultKinds = fault.options.map((option) => option.shape.kind.value)
export type FaultKind = (typeof faultKinds)[number]
/** A fault with its defaults left out. */
export type FaultInput = z.input<typeof fault>

/** Faults that happen once; the others last until their time is over or they are cleared. */
export const isMomentary = (one: Fault): boolean =>
  one.kind === 'power-cut' ||
  one.kind === 'watchdog' ||
  one.kind === 'supervisor-restart' ||
  one.kind === 'os-update'
