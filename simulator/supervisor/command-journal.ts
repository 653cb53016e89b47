import type { CommandReply, CommandResult, DeviceCommand } from '#contract/device-socket'

/** Commands remembered; a gateway asks for none that is older. */
const MOST_KEPT = 500

type Entry = {
  command: DeviceCommand
  state: 'accepted' | 'running' | 'done' | 'failed'
  message: string
  files: CommandResult['files']
  /** The gateway has stored the result. */
  isTold: boolean
  /** The boot in which it began. */
  boot: number
}
/**
 * `accepted`: written down, not yet acknowledged; `begun`: not yet done; `ended`: done, the gateway not yet told. Of a change
 * of its key: `key-made`: written down, `key-told`: the gateway has stored it, `key-used`: not yet written down as its own.
 */
export type CommandStep = 'accepted' | 'begun' | 'ended' | 'key-made' | 'key-told' | 'key-used'

/** What a device writes down of commands, on its disk. `executions`: how often each was really done. */
export type CommandJournal = { entries: Map<string, Entry>; executions: Map<string, number> }
export const emptyJournal = (): CommandJournal => ({ entries: new Map(), executions: new Map() })

/** What is known of a command, as the gateway is told. */
export function replyOf(journal: CommandJournal, id: string): CommandReply {
  const entry = journal.entries.get(id)
  if (!entry) return { status: 'unknown' }
  if (entry.state === 'accepted' || entry.state === 'running') return { status: entry.state }
  return { status: entry.state, message: entry.message, ...(entry.files ? { files: entry.files } : {}) }
}

/** Writes a command down before it is answered for; one that is known stays as it is. */
export function accept(journal: CommandJournal, command: DeviceCommand): CommandReply {
  if (!journal.entries.has(command.id)) {
    journal.entries.set(command.id, {
      command,
      state: 'accepted',
      message: '',
      files: undefined,
      isTold: false,
      boot: 0,
    })
    for (const [id, entry] of journal.entries) {
      if (journal.entries.size <= MOST_KEPT) break
      if (entry.isTold) journal.entries.delete(id)
    }
  }
  return replyOf(journal, command.id)
}

/** Notes that a command begins; null when it is not to be begun (again). */
export function begin(journal: CommandJournal, id: string, boot: number): DeviceCommand | null {
  const entry = journal.entries.get(id)
  if (entry?.state !== 'accepted') return null
  entry.state = 'running'
  entry.boot = boot
  return entry.command
}

/** Counts that a command is really done: what a device must do once at most. */
export function noteExecution(journal: CommandJournal, id: string): void {
  journal.executions.set(id, (journal.executions.get(id) ?? 0) + 1)
}

export function drop(journal: CommandJournal, id: string): void {
  if (journal.entries.get(id)?.state === 'accepted') journal.entries.delete(id)
}

/** Writes down how a command ended. */
export function finish(
  journal: CommandJournal,
  id: string,
  ending: Pick<CommandResult, 'status' | 'message' | 'files'>,
): void {
  const entry = journal.entries.get(id)
  if (entry) Object.assign(entry, { state: ending.status, message: ending.message, files: ending.files })
}

export function noteTold(journal: CommandJournal, id: string): void {
  const entry = journal.entries.get(id)
  if (entry) entry.isTold = true
}

/** Results that the gateway has not acknowledged. */
export function untold(journal: CommandJournal): CommandResult[] {
  return [...journal.entries.values()].flatMap(({ command, state, message, files, isTold }) =>
    isTold || (state !== 'done' && state !== 'failed')
      ? []
      : [{ id: command.id, status: state, message, ...(files ? { files } : {}) }],
  )
}

/** Ids of what was begun and can be gone on with after a break. */
export const resumable = (journal: CommandJournal): string[] =>
  [...journal.entries.values()].flatMap(({ command, state }) =>
    state === 'running' && command.kind === 'rotate-key' ? [command.id] : [],
  )

/** When a supervisor starts: what was under way before will never end by itself, but what can be gone on with. */
export function endInterrupted(journal: CommandJournal, now: { count: number; reason: string }): void {
  for (const [id, { command, state, boot }] of journal.entries) {
    if (state !== 'running' || command.kind === 'rotate-key') continue
    const reason = boot === now.count ? 'its supervisor restarted' : now.reason
    if (boot < now.count && command.kind === 'reboot')
      finish(journal, id, { status: 'done', message: `The device has booted again (${reason})` })
    else if (boot < now.count && command.kind === 'shutdown')
      finish(journal, id, { status: 'done', message: 'It was off, and somebody switched it on again' })
    else
      finish(journal, id, {
        status: 'failed',
        message: `The device stopped while it did this (${reason}); it may not be finished`,
      })
  }
}
