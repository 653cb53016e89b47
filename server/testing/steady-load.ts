import { targetState, type TargetState } from '#contract/device-protocol'
import { deviceCalls, type DeviceCalls } from './device-calls.ts'
import type { Scene, SceneDevice } from './scene.ts'

const LINES_PER_TURN = 5

/** What the gateway said is stored. */
export type Acknowledged = {
  /** The turn of the newest report, by the uuid of the device; a device tells it as its `status`. */
  reports: ReadonlyMap<string, number>
  lines: readonly string[]
  notes: readonly string[]
  actionIds: readonly number[]
}

/** What a device reports that has done what it was told. */
function following(target: TargetState, uuid: string) {
  const apps = Object.entries(target[uuid]?.apps ?? {}).flatMap(([fleetUuid, { releases = {} }]) =>
    Object.entries(releases).map(([commit, told]) => {
      const services = Object.fromEntries(
        Object.entries(told.services ?? {}).map(([name, { image }]) => [name, { image, status: 'Running' }]),
      )
      const done = { [commit]: { update_status: 'done', services } }
      return [fleetUuid, { release_uuid: commit, releases: done }] as const
    }),
  )
  return apps.length === 0 ? {} : { apps: Object.fromEntries(apps) }
}

/**
 * Devices that poll, do what they are told, report and print lines, and a person who writes notes and asks for actions, all
 * of them as fast as they are answered, over real HTTP; remembers what was acknowledged.
 */
export class SteadyLoad {
  readonly #scene: Scene
  readonly #calls: DeviceCalls
  readonly #reports = new Map<string, number>()
  readonly #lines: string[] = []
  readonly #notes: string[] = []
  readonly #actionIds: number[] = []
  #isOver = false
  readonly #running: Promise<void>[]

  constructor(scene: Scene, url: string, devices: readonly SceneDevice[]) {
    this.#scene = scene
    this.#calls = deviceCalls(url)
    this.#running = [...devices.map((device) => this.#report(device)), this.#write(devices)]
  }

  /** Everything that was acknowledged up to now. */
  get acknowledged(): Acknowledged {
    return {
      reports: new Map(this.#reports),
      lines: [...this.#lines],
      notes: [...this.#notes],
      actionIds: [...this.#actionIds],
    }
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  async #report(device: SceneDevice): Promise<void> {
    for (let turn = 1; !this.#isOver; turn++) {
      const told = await this.#calls.poll(device)
      const followed = told.status === 200 ? following(targetState.parse(told.json()), device.uuid) : {}
      const state = { status: String(turn), cpu_usage: turn % 100, memory_usage: turn % 500, ...followed }
      const reported = await this.#calls.report(device, state)
      if (reported.status === 200) this.#reports.set(device.uuid, turn)
      const messages = Array.from(
        { length: LINES_PER_TURN },
        (_, index) => `${device.uuid} ${String(turn)}.${String(index)}`,
      )
      const streamed = await this.#calls.post(`/device/v2/${device.uuid}/log-stream`, {
        key: device.key,
        raw: messages
          .map((message) => `${JSON.stringify({ message, timestamp: Date.now(), isSystem: true })}\n`)
          .join(''),
        headers: { 'content-type': 'application/x-ndjson' },
      })
      if (streamed.status === 201) this.#lines.push(...messages)
    }
  }

  async #write(devices: readonly SceneDevice[]): Promise<void> {
    const { admin } = this.#scene
    for (let turn = 1; !this.#isOver; turn++) {
      const device = devices[turn % devices.length]
      if (!device) return
      const params = { uuid: device.uuid }
      const body = `turn ${String(turn)} of the person`
      const noted = await admin.send('createDeviceNote', { params, body: { body } })
      if (noted.statusCode === 201) this.#notes.push(body)
      const asked = await admin.send('createAction', {
        params,
        body: { kind: 'override-lock', overrideMinutes: 60 },
      })
      if (asked.statusCode === 202) this.#actionIds.push(asked.json<{ id: number }>().id)
    }
  }
}
