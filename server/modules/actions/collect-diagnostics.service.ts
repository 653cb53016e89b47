import { setTimeout } from 'node:timers/promises'
import type { OutputFile } from '#contract/device-socket'
import { readOutput, readState } from './actions.store.ts'
import { askDevice, type Actor, type Asker } from './ask.service.ts'

const ANSWER_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 100
const ENDED = new Set(['done', 'failed', 'expired', 'cancelled', 'unsupported'])

/** How the action ended; null when it has not in time. */
async function untilEnded({ deps }: Asker, actionId: number) {
  const giveUpAtMs = performance.now() + ANSWER_WITHIN_MS
  for (;;) {
    const found = await readState(deps.db, actionId)
    if (found && ENDED.has(found.state)) return found
    if (performance.now() > giveUpAtMs) return null
    await setTimeout(LOOK_EVERY_MS)
  }
}

async function askNow(asker: Asker, uuid: string, actor: Actor): Promise<string | null> {
  const request = {
    kind: 'collect-diagnostics' as const,
    force: false,
    reason: 'For a download of diagnostics',
    expiresInMinutes: 15,
  }
  const { id } = await askDevice(asker, uuid, request, actor)
  const ended = await untilEnded(asker, id)
  if (!ended) return `It did not answer within ${ANSWER_WITHIN_MS / 1000} s`
  return ended.state === 'done' ? null : `It answered: ${ended.message ?? ended.state}`
}

/** Why the device is not asked; null when it can be. */
function silenceOf(device: {
  key_revoked_at: Date | null
  has_action_channel: boolean
  action_channel_at: Date | null
  connectivity: string
}) {
  if (device.key_revoked_at !== null) return 'Its key is revoked, so that it could not be reached'
  if (device.has_action_channel) return null
  if (device.action_channel_at === null && device.connectivity !== 'offline')
    return 'It keeps no socket for actions, as a supervisor of balenaOS does not, and cannot be asked'
  return 'It could not be reached when this was made'
}

/** What a device tells of itself, asked now where it can be, else what it told last. */
export async function collectFromDevice(
  asker: Asker,
  uuid: string,
  actor: Actor,
  whyNot: string | null,
): Promise<{ files: OutputFile[]; note: string }> {
  const { db } = asker.deps
  const device = await db
    .selectFrom('device')
    .select(['key_revoked_at', 'has_action_channel', 'action_channel_at', 'connectivity'])
    .where('uuid', '=', uuid)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  const absence = device
    ? (whyNot?.replace(/\.$/, '') ?? silenceOf(device) ?? (await askNow(asker, uuid, actor)))
    : 'It is gone'
  const output = await readOutput(db, uuid)
  if (!output)
    return {
      files: [],
      note: `${absence ?? 'It answered without a file'}; it has told nothing before either.`,
    }
  const when = output.finished_at?.toISOString() ?? 'before'
  return {
    files: output.files,
    note: absence === null ? `Asked and answered ${when}.` : `${absence}; what is here it told ${when}.`,
  }
}
