import { reservedTags } from '#contract/device-protocol'
import type { CommandResult, DeviceCommand } from '#contract/device-socket'
import { makeActionChannel } from './action-channel.ts'
import { act } from './actions.ts'
import { endInterrupted, finish, noteExecution } from './command-journal.ts'
import { preload, startAll } from '../engine/engine.ts'
import { engineTags, makeEngineLoop } from './engine-loop.ts'
import { makeKey } from '../device/device-keys.ts'
import type { Happening } from '../engine/containers.ts'
import { makeLogWriter } from '../logs/log-writer.ts'
import type { Metrics } from '../device/metrics-walk.ts'
import { activeVersion, osTags } from '../device/os-slots.ts'
import { isKeyRefused, makeKeyChange } from './key-change.ts'
import { BEFORE_REBOOT_MS, makeOsLoop } from './os-loop.ts'
import { makePollLoop } from './poll-loop.ts'
import { makeReportLoop } from './report-loop.ts'
import type { Session } from '../device/session.ts'
import type { Target } from '../engine/target.ts'
import { makeTagsLoop } from './tags-loop.ts'
import { isTrouble } from './trouble.ts'

const REGISTER_RETRY_MS = 30_000
const LOCK_RETRY_MS = 60_000

/** One running supervisor, from its start to the end of power: provisioning, then all its loops. */
export function startSupervisor(session: Session, startMetrics: Metrics) {
  const { disk, link, plan, timers, around } = session
  const logs = makeLogWriter(session)
  const tags = makeTagsLoop(session)
  const reports = makeReportLoop(session, startMetrics, () => tags.flush(), around.onHeard)
  const engine = makeEngineLoop(session, onHappenings)
  const polls = makePollLoop(session, onTarget, (error) =>
    logs.system(
      `Could not move to new release: ${error instanceof Error ? error.message : String(error)}`,
      true,
    ),
  )
  const os = makeOsLoop(session, {
    tags,
    say: (message) => logs.system(message),
    noteChange: () => reports.noteChange(),
  })
  const channel = makeActionChannel(session, { onCommand, onTargetChanged: () => polls.now() })
  const keyChange = makeKeyChange(session, (id, ending) => {
    if (ending.status === 'done') noteExecution(disk.journal, id)
    // The gateway ends what was opened with the former key.
    channel.reopen()
    end(id, ending)
  })
  const stopListening = link.listen(() => engine.work())

  function onHappenings(happenings: Happening[]): void {
    for (const happening of happenings) {
      logs.note(happening)
      if (happening.kind === 'started') startFault(happening.service)
      if (happening.kind === 'locked') timers.after(LOCK_RETRY_MS, retryLocks)
    }
    if (
      happenings.some((one) => one.kind === 'exited' || one.kind === 'restarting' || one.kind === 'applied')
    )
      tags.set(engineTags(disk.engine))
    reports.noteChange()
  }

  /** A real supervisor says so again each time it tries in vain. */
  function retryLocks(): void {
    if (!disk.engine.isWaitingForLock) return
    logs.note({ kind: 'locked' })
    timers.after(LOCK_RETRY_MS, retryLocks)
  }

  /** What a bad image does to the whole device once it runs. */
  function startFault(service: string): void {
    const fault = around.conditions().faultOf(service)
    if (fault?.kind === 'silent') timers.after(fault.afterMs, () => around.goSilent())
    if (fault?.kind === 'hang') timers.after(fault.afterMs, () => around.reboot('watchdog'))
  }

  function onTarget(target: Target, isNew: boolean): void {
    if (!isNew) return
    if (plan.isPreloaded && target.release && disk.engine.images.size === 0) {
      preload(disk.engine, target.release)
    }
    os.follow(target.hostOsVersion)
    engine.work()
    reports.noteChange()
  }

  function end(id: string, ending: Pick<CommandResult, 'status' | 'message' | 'files'>): void {
    finish(disk.journal, id, ending)
    around.onCommandStep('ended', id)
    channel.tell()
    engine.work()
    reports.noteChange()
  }

  function onCommand(command: DeviceCommand): void {
    const outcome = act(
      {
        session,
        pollNow: () => polls.now(),
        say: (message) => logs.system(message),
        changeKey: (id) => keyChange.run(id),
        freeStorage: () => reports.freeStorage(),
      },
      command,
    )
    if (outcome === 'later') return
    if (outcome.status === 'done') noteExecution(disk.journal, command.id)
    const ended = () => end(command.id, outcome)
    const { then, afterMs } = outcome
    // Whether a reboot went well is known after it; of a shutdown nothing can be told any more.
    if (then && command.kind === 'shutdown') ended()
    if (then) timers.after(BEFORE_REBOOT_MS, then)
    else if (afterMs > 0) timers.after(afterMs, ended)
    else ended()
    engine.work()
    reports.noteChange()
  }

  async function provision(): Promise<void> {
    if (disk.deviceId === null) {
      try {
        const id = await link.use((signal) => session.client.register(activeVersion(disk.slots), signal))
        disk.deviceId = id ?? (await link.use((signal) => session.client.exchangeKey(signal)))
      } catch (error) {
        if (!isTrouble(error)) throw error
        if (isKeyRefused(error)) disk.keys.own = makeKey()
        timers.after(REGISTER_RETRY_MS, provision)
        return
      }
    }
    if (!around.isPolling()) {
      timers.after(REGISTER_RETRY_MS, provision)
      return
    }
    tags.set({
      [reservedTags.bootReason]: session.boot.reason,
      [reservedTags.bootAt]: session.boot.at,
      ...osTags(disk.slots),
      ...engineTags(disk.engine),
      ...(disk.supervisorRestarts > 0
        ? { [reservedTags.supervisorRestarts]: String(disk.supervisorRestarts) }
        : {}),
    })
    logs.start()
    reports.start()
    polls.start()
    keyChange.resume()
    channel.open()
    os.resume()
  }

  endInterrupted(disk.journal, session.boot)
  timers.afterReal(0, provision)
  startAll(disk.engine)
  engine.work()

  return {
    updateOs: os.update,
    pollNow: () => polls.now(),
    flapSocket: () => channel.flap(),
    /** Brings the engine up to now after its conditions changed. */
    work: () => {
      logs.noteFaults()
      engine.work()
      reports.noteChange()
    },
    metrics: () => reports.metrics(),
    stop(): void {
      stopListening()
      channel.destroy()
      logs.destroy()
      timers.end()
    },
  }
}
export type Supervisor = ReturnType<typeof startSupervisor>
