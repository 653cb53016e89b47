import type { Happening } from '../engine/containers.ts'
import type { Engine } from '../engine/engine.ts'
import { LogStream } from './log-stream.ts'
import { crashLines, serviceLine, startLines, type ServiceLine } from './service-lines.ts'
import type { Session } from '../device/session.ts'
import { systemLine } from './system-lines.ts'

/** Mean device time between two lines of one service. */
const MEAN_MS = 110_000

const idOf = (engine: Engine, service: string) =>
  engine.containers.find((container) => container.service === service)?.serviceId

/** As people name the image. */
const referenceOf = (engine: Engine, image: string) => engine.images.get(image)?.reference ?? image

/** Writes the device's log: what the supervisor says, and what the services print while they run. */
export function makeLogWriter(session: Session) {
  const { disk, timers, around, pace } = session
  const random = session.random.fork('log')
  const stream = new LogStream(session)

  const isLogging = () => disk.target?.isLogging ?? true

  function system(message: string, isStdErr = false): void {
    if (!isLogging()) return
    stream.write({ message, timestamp: around.clockMs(), isSystem: true, ...(isStdErr ? { isStdErr } : {}) })
  }

  function print(serviceId: number, line: ServiceLine, timestamp: number): void {
    if (!isLogging()) return
    stream.write({
      message: line.message,
      timestamp,
      serviceId,
      ...(line.isStdErr ? { isStdErr: true } : {}),
    })
  }

  function printAll(service: string, lines: readonly ServiceLine[]): void {
    const serviceId = idOf(disk.engine, service)
    if (serviceId === undefined) return
    const timestamp = around.clockMs()
    lines.forEach((line, index) => print(serviceId, line, timestamp + index))
  }

  function tick(): void {
    const running = disk.engine.containers.filter((container) => container.status === 'Running')
    if (running.length > 0) {
      const { service, serviceId } = random.pick(running)
      const clockMs = around.clockMs()
      print(serviceId, serviceLine(service, random, clockMs), clockMs)
    }
    const meanMs = MEAN_MS / Math.max(1, running.length)
    // Exponential gaps, as independent things happen; never so short that a timer cannot follow.
    timers.afterReal(Math.max(20, pace.real(-Math.log(1 - random.next()) * meanMs)), tick)
  }

  let flooded = 0
  let isFlooding = false
  /** A service prints far too much, once a second, for as long as the fault lasts. */
  function flood(): void {
    const lines = around.floodLinesPerSecond()
    const container = disk.engine.containers.find((one) => one.status === 'Running')
    for (let index = 0; container && index < lines; index++)
      print(
        container.serviceId,
        { message: `info: frame ${++flooded} handled in ${random.int(1, 40)} ms`, isStdErr: false },
        around.clockMs(),
      )
    isFlooding = lines > 0
    if (isFlooding) timers.after(1_000, flood)
  }

  return {
    start() {
      system('Supervisor starting')
      timers.after(random.between(0, MEAN_MS), tick)
      flood()
    },
    system,
    /** A fault came or went. */
    noteFaults() {
      if (!isFlooding) flood()
    },
    note(happening: Happening) {
      if (happening.kind === 'exited')
        printAll(happening.service, crashLines(happening.service, happening.code))
      const line = systemLine(happening)
      if (line) system(line.message, line.isStdErr)
      if (happening.kind === 'started')
        printAll(happening.service, startLines(happening.service, referenceOf(disk.engine, happening.image)))
    },
    destroy: () => stream.destroy(),
  }
}
