import { z } from 'zod'
import { actionKind } from './device-action.ts'

/**
 * The socket.io namespace that a willing device keeps open, with `auth: {uuid, key}` (its device key); upstream has
 * none. The newest socket of a device wins, an older one is closed.
 *
 * A command is offered, accepted, begun and answered:
 *
 * 1. gateway `command` -> the device writes the id down and acknowledges `accepted`. Offered again after a flap, it
 *    answers from what it wrote down.
 * 2. the gateway stores that it was delivered, unless it expired or was cancelled meanwhile, and only then sends
 *    `command:go`; otherwise `command:drop`. So nothing is done that was said to have expired.
 * 3. the device writes down that it begins, does it once, and sends `command:result` until the gateway acknowledged it.
 * 4. after a break the gateway asks with `command:status` for what it has no result of.
 */
export const DEVICE_NAMESPACE = '/device'
/** Text that the answer to `collect-diagnostics` may hold in all. */
export const MAX_DIAGNOSTICS_CHARS = 60_000

/** Stable, never used twice, also not by another gateway. */
const commandId = z.string().min(1).max(100)

const outputFile = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  text: z.string().max(MAX_DIAGNOSTICS_CHARS),
})
export type OutputFile = z.infer<typeof outputFile>

const ending = {
  message: z.string().max(1000),
  /** What `collect-diagnostics` found. */
  files: z.array(outputFile).max(50).optional(),
}

/** What a device knows of a command. `refused`: it cannot do this kind. */
export const commandReply = z.discriminatedUnion('status', [
  z.object({ status: z.literal('unknown') }),
  z.object({ status: z.literal('accepted') }),
  z.object({ status: z.literal('running') }),
  z.object({ status: z.literal('done'), ...ending }),
  z.object({ status: z.literal('failed'), ...ending }),
  z.object({ status: z.literal('refused'), ...ending }),
])
export type CommandReply = z.infer<typeof commandReply>

export const deviceSocketEvents = {
  /** Gateway -> device; acknowledged with a `commandReply`. */
  command: z.object({
    id: commandId,
    kind: actionKind,
    serviceName: z.string().nullable(),
    force: z.boolean(),
  }),
  /** Gateway -> device: begin; acknowledged with a `commandReply`. */
  'command:go': z.object({ id: commandId }),
  /** Gateway -> device: what was accepted is not to be done. */
  'command:drop': z.object({ id: commandId }),
  /** Gateway -> device; acknowledged with a `commandReply` for each id, in order. */
  'command:status': z.object({ ids: z.array(commandId).max(100) }),
  /** Gateway -> device: the target may have changed, poll now. */
  'target:changed': z.object({}),
  /** Device -> gateway; acknowledged once it is stored. */
  'command:result': z.object({ id: commandId, status: z.enum(['done', 'failed']), ...ending }),
} as const
export const commandReplies = z.array(commandReply).max(100)
export type DeviceCommand = z.infer<(typeof deviceSocketEvents)['command']>
export type CommandResult = z.infer<(typeof deviceSocketEvents)['command:result']>
