import { sql, type Kysely } from 'kysely'
import type { ActionKind } from '#contract/device-action'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import { ANSWER_WITHIN_MS, finishActions } from './action-delivery.store.ts'
import { touched, type Touched } from './actions.store.ts'

/** Resolves when the device took it; the message of what it rejects with is a sentence for people. */
export type Act = (action: {
  uuid: string
  fleetUuid: string
  kind: ActionKind
  serviceName: string | null
  isForced: boolean
}) => Promise<void>

type Claimed = Touched & {
  commandId: string
  kind: ActionKind
  serviceName: string | null
  isForced: boolean
  fleetUuid: string
}

/** Asked at once; the source has limits of its own. */
const AT_ONCE = 4

/** Takes actions that wait, so that no other gateway asks for them too. */
async function claim(db: Kysely<Schema>, now: Date): Promise<Claimed[]> {
  const { rows } = await sql<Claimed>`
    with next as (
      select id from device_action where way = 'source' and state = 'queued' and expires_at > ${now}
      order by id limit ${AT_ONCE} for update skip locked)
    update device_action a set state = 'delivered', delivered_at = ${now}, message = null,
      answer_by = ${new Date(now.getTime() + ANSWER_WITHIN_MS)}
    from next, device d, fleet f where next.id = a.id and d.id = a.device_id and f.id = d.fleet_id
    returning ${touched}, a.command_id as "commandId", a.kind, a.service_name as "serviceName", a.is_forced as "isForced",
      f.uuid as "fleetUuid"`.execute(db)
  return rows
}

type Carrier = {
  db: Kysely<Schema>
  now: () => Date
  log: Logger
  changed: (rows: readonly Touched[]) => void
  act?: Act | undefined
}

/**
 * Hands actions on through the backend that devices talk to: each is asked for once. One whose gateway ends in the middle is told
 * as taken without a word on how it ended.
 */
export class ActionCarrier {
  readonly #deps: Carrier
  #running: Promise<void> | null = null
  #isAskedAgain = false

  constructor(deps: Carrier) {
    this.#deps = deps
  }

  /** Looks for what waits; what comes while it does is looked for after it. */
  look(): void {
    if (!this.#deps.act) return
    this.#isAskedAgain = true
    this.#running ??= this.#carryAll(this.#deps.act).finally(() => (this.#running = null))
  }

  async idle(): Promise<void> {
    await this.#running
  }

  async #carryAll(act: Act): Promise<void> {
    const { db, now, changed, log } = this.#deps
    try {
      while (this.#isAskedAgain) {
        this.#isAskedAgain = false
        for (let claimed = await claim(db, now()); claimed.length > 0; claimed = await claim(db, now())) {
          changed(claimed)
          await Promise.all(claimed.map((action) => this.#carry(act, action)))
        }
      }
    } catch (error) {
      log.error({ err: error }, 'actions could not be handed on')
    }
  }

  async #carry(act: Act, action: Claimed): Promise<void> {
    const { db, now, changed, log } = this.#deps
    const { commandId, deviceId, uuid, fleetUuid, kind, serviceName, isForced } = action
    const result = await act({ uuid, fleetUuid, kind, serviceName, isForced }).then(
      () => ({ status: 'done' as const, message: 'Its supervisor took it' }),
      (error: unknown) => {
        log.warn({ err: error, uuid, kind }, 'an action could not be handed on')
        return { status: 'failed' as const, message: error instanceof Error ? error.message : String(error) }
      },
    )
    changed(await finishActions(db, [{ id: commandId, deviceId, ...result }], now()))
  }
}
