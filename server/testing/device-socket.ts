import { io, type Socket } from 'socket.io-client'
import {
  DEVICE_NAMESPACE,
  deviceSocketEvents,
  type CommandReply,
  type CommandResult,
  type DeviceCommand,
} from '#contract/device-socket'

type Options = {
  /** What the device wrote down before; that of an earlier connection. */
  memory?: Map<string, CommandReply>
  /** Acknowledges nothing. */
  isDeaf?: boolean
  /** Acknowledges what it is offered when `answerNow` is called. */
  isSlow?: boolean
}

/** A device that opens its socket by hand, remembers commands, and says how one ended when the test wants it to. */
export class DeviceSocket {
  readonly socket: Socket
  readonly memory: Map<string, CommandReply>
  readonly offered: DeviceCommand[] = []
  readonly begun: string[] = []
  readonly dropped: string[] = []
  nudges = 0
  readonly #held: (() => void)[] = []

  constructor(url: string, device: { uuid: string; key: string }, options: Options = {}) {
    this.memory = options.memory ?? new Map<string, CommandReply>()
    this.socket = io(`${url}${DEVICE_NAMESPACE}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      autoConnect: false,
      auth: { uuid: device.uuid, key: device.key },
    })
    this.socket.on('target:changed', () => this.nudges++)
    this.socket.on('command', (message: unknown, reply: (answer: CommandReply) => void) => {
      const command = deviceSocketEvents.command.parse(message)
      this.offered.push(command)
      if (options.isDeaf === true) return
      const answer = () => {
        const known = this.memory.get(command.id) ?? { status: 'accepted' }
        this.memory.set(command.id, known)
        reply(known)
      }
      if (options.isSlow === true) this.#held.push(answer)
      else answer()
    })
    this.socket.on('command:go', (message: unknown, reply: (answer: CommandReply) => void) => {
      const { id } = deviceSocketEvents['command:go'].parse(message)
      if (this.memory.get(id)?.status === 'accepted') {
        this.begun.push(id)
        this.memory.set(id, { status: 'running' })
      }
      reply(this.memory.get(id) ?? { status: 'unknown' })
    })
    this.socket.on('command:drop', (message: unknown) => {
      const { id } = deviceSocketEvents['command:drop'].parse(message)
      this.memory.delete(id)
      this.dropped.push(id)
    })
    this.socket.on('command:status', (message: unknown, reply: (answer: CommandReply[]) => void) => {
      const { ids } = deviceSocketEvents['command:status'].parse(message)
      reply(ids.map((id) => this.memory.get(id) ?? { status: 'unknown' }))
    })
  }

  /** Resolves when connected; rejects with the reason of the refusal. */
  connect(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.socket.once('connect', () => resolve(this))
      this.socket.once('connect_error', reject)
      this.socket.connect()
    })
  }

  answerNow(): void {
    for (const answer of this.#held.splice(0)) answer()
  }

  /** Says how the command it began first (or this one) ended; resolves when the gateway has stored it. */
  async result(ending: Omit<CommandResult, 'id'>, id = this.begun[0]): Promise<void> {
    if (id === undefined) throw new Error('nothing was begun')
    this.memory.set(id, ending)
    await this.socket.timeout(10_000).emitWithAck('command:result', { id, ...ending })
  }
}
