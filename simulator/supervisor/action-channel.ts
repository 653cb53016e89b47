import { io, type Socket } from 'socket.io-client'
import {
  DEVICE_NAMESPACE,
  deviceChannelEvents,
  type DeviceChannelAction,
  type DeviceChannelResult,
} from '#contract/events'
import { backOff } from '../pace.ts'
import type { Session } from '../device/session.ts'

const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 300_000

/** The channel a willing device keeps open: actions come in, results go back; it is opened again whenever it breaks. */
export function makeActionChannel(
  session: Session,
  handlers: { onAction: (action: DeviceChannelAction) => void; onTargetChanged: () => void },
) {
  const { link, plan, timers } = session
  let socket: Socket | null = null
  let failures = 0
  /** Ids grow, and actions come in their order. */
  let lastTakenId = 0
  let isEnded = false
  let cancel: () => void = () => undefined

  function open(): void {
    cancel()
    if (isEnded || socket || !link.isUp) return
    const opened = io(`${session.url.replace(/\/$/, '')}${DEVICE_NAMESPACE}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { uuid: plan.uuid, key: plan.key },
    })
    socket = opened
    opened.on('connect', () => {
      failures = 0
    })
    opened.on('connect_error', () => again(opened))
    opened.on('disconnect', () => again(opened))
    opened.on('target:changed', handlers.onTargetChanged)
    opened.on('action', (message: unknown, taken: () => void) => {
      const action = deviceChannelEvents.action.safeParse(message)
      if (!action.success) return
      taken()
      // What was not seen as taken is sent again over a new connection.
      if (action.data.id <= lastTakenId) return
      lastTakenId = action.data.id
      handlers.onAction(action.data)
    })
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
    cancel = timers.after(backOff(failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS), open)
  }

  const stopListening = link.listen((isUp) => {
    if (!isUp) close()
    else cancel = timers.after(FIRST_RETRY_MS, open)
  })

  return {
    open,
    answer(result: DeviceChannelResult): void {
      socket?.emit('action:result', result)
    },
    destroy(): void {
      isEnded = true
      stopListening()
      cancel()
      close()
    },
  }
}
