import { io, type Socket } from 'socket.io-client'
import { DEVICE_NAMESPACE, deviceSocketEvents, type DeviceCommand } from '#contract/device-socket'
import { backOff } from '../pace.ts'
import type { Session } from '../device/session.ts'
import { accept, begin, drop, noteTold, replyOf, untold } from './command-journal.ts'

const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 300_000
/** Our time: a backend that has no such channel, as openBalena has none, is not asked more often. */
const ABSENT_RETRY_MS = 300_000

type Reply = (answer: unknown) => void

/** Whether the backend is there and has no such channel: it answers 404 to the upgrade. */
function isAbsent(error: Error): boolean {
  const description: unknown = Reflect.get(error, 'description')
  const message: unknown =
    typeof description === 'object' && description !== null ? Reflect.get(description, 'message') : null
  return typeof message === 'string' && /\b404$/.test(message)
}

/**
 * The socket a willing device keeps open: commands come in, results go back; it is opened again whenever it breaks. What
 * it knows of commands is on its disk, so that each is done at most once.
 */
export function makeActionChannel(
  session: Session,
  handlers: { onCommand: (command: DeviceCommand) => void; onTargetChanged: () => void },
) {
  const { around, link, plan, timers } = session
  const { journal } = session.disk
  let socket: Socket | null = null
  let failures = 0
  let isEnded = false
  let cancel: () => void = () => undefined

  function open(): void {
    cancel()
    if (isEnded || socket || !link.isUp) return
    const opened = io(`${session.url.replace(/\/$/, '')}${DEVICE_NAMESPACE}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { uuid: plan.uuid, key: session.disk.keys.own },
    })
    socket = opened
    opened.on('connect', () => {
      failures = 0
      tell()
    })
    opened.on('connect_error', (error) => (isAbsent(error) ? later(opened) : again(opened)))
    opened.on('disconnect', () => again(opened))
    opened.on('target:changed', handlers.onTargetChanged)
    opened.on('command', (message: unknown, reply: Reply) => {
      const command = deviceSocketEvents.command.safeParse(message)
      if (!command.success)
        return reply({ status: 'refused', message: 'This device does not know such a command' })
      const answer = accept(journal, command.data)
      around.onCommandStep('accepted', command.data.id)
      if (!isEnded) reply(answer)
    })
    opened.on('command:go', (message: unknown, reply: Reply) => {
      const { data } = deviceSocketEvents['command:go'].safeParse(message)
      if (!data) return
      const begun = begin(journal, data.id, session.boot.count)
      if (begun) around.onCommandStep('begun', begun.id)
      if (isEnded) return
      reply(replyOf(journal, data.id))
      if (begun) handlers.onCommand(begun)
    })
    opened.on('command:drop', (message: unknown) => {
      const { data } = deviceSocketEvents['command:drop'].safeParse(message)
      if (data) drop(journal, data.id)
    })
    opened.on('command:status', (message: unknown, reply: Reply) => {
      const { data } = deviceSocketEvents['command:status'].safeParse(message)
      reply((data?.ids ?? []).map((id) => replyOf(journal, id)))
    })
  }

  /** Sends every result that the gateway has not stored yet; it may hear of one twice. */
  function tell(): void {
    for (const result of untold(journal))
      socket?.emit('command:result', result, () => noteTold(journal, result.id))
  }

  function close(): void {
    const closed = socket
    socket = null
    closed?.removeAllListeners()
    closed?.disconnect()
  }

  function again(failed: Socket): void {
    if (socket !== failed) return
    close()
    cancel()
    cancel = timers.after(backOff(failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS), open)
  }

  function later(absent: Socket): void {
    if (socket !== absent) return
    close()
    cancel()
    cancel = timers.afterReal(ABSENT_RETRY_MS, open)
  }

  const stopListening = link.listen((isUp) => {
    if (!isUp) close()
    else cancel = timers.after(FIRST_RETRY_MS, open)
  })

  return {
    open,
    tell,
    /** Opens it again with the key that the device has now. */
    reopen(): void {
      close()
      open()
    },
    /** Breaks the connection as a flap of the network does; it is opened again. */
    flap: () => {
      if (socket) again(socket)
    },
    destroy(): void {
      isEnded = true
      stopListening()
      cancel()
      close()
    },
  }
}
