import type { Change } from '../../platform/changes.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import type { PinOutcome } from '../fleet-source.ts'
import { SourceFailure } from '../source-failure.ts'
import { adoptPin } from './device-mirror.store.ts'
import type { MirrorDeps } from './mirror-deps.ts'
import { readFleetsToPush, readPinsToPush, type PinToPush } from './target-push.store.ts'

/** Devices whose pins are set in one go; the source sets them in smaller batches. */
const BATCH = 200

/**
 * Sets there what devices and fleets should run here: first fleets, so that a device loses the pin of a rollout only when its
 * fleet runs the same. What is refused for one fleet does not keep others waiting; it is thrown in the end. Answers whether there
 * is more to do, and whether anything was set.
 */
export async function pushTargets(deps: MirrorDeps): Promise<{ isMore: boolean; hasSet: boolean }> {
  const { source, db } = deps
  let refused: SourceFailure | null = null
  const fleets = await readFleetsToPush(db)
  for (const fleet of fleets) {
    try {
      await source.setFleetTarget(fleet.uuid, { kind: fleet.policy, commit: fleet.commit })
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error
      refused ??= error
      continue
    }
    await db
      .updateTable('source_fleet')
      .set({ policy: fleet.policy, target_release_id: fleet.releaseId })
      .where('fleet_id', '=', fleet.fleetId)
      .execute()
  }
  const wanting = await readPinsToPush(db, BATCH)
  if (wanting.length > 0) await pushPins(deps, wanting)
  if (refused) throw refused
  return { isMore: wanting.length === BATCH, hasSet: fleets.length + wanting.length > 0 }
}

async function pushPins(deps: MirrorDeps, wanting: readonly PinToPush[]): Promise<void> {
  const outcomes = await deps.source.pinDevices(
    wanting.map(({ uuid, fleetUuid, seen, wanted }) => ({ uuid, fleetUuid, expected: seen, commit: wanted })),
  )
  deps.publish(await settle(deps, wanting, outcomes))
}

/** Stores what the devices are pinned to now: what was asked, or what somebody else has pinned them to. */
async function settle(
  { db, now, source }: MirrorDeps,
  wanting: readonly PinToPush[],
  outcomes: readonly PinOutcome[],
): Promise<Change[]> {
  const byUuid = new Map(outcomes.map((outcome) => [outcome.uuid, outcome]))
  return db.transaction().execute(async (trx) => {
    const changes: Change[] = []
    for (const { deviceId, uuid, fleetId, seen, wanted, wantedId } of wanting) {
      const outcome = byUuid.get(uuid)
      // It is gone there; that it is removed here is for the next look at what there is.
      if (outcome === undefined) continue
      const { pin } = outcome
      if (pin === wanted) {
        await trx
          .updateTable('source_device')
          .set({ pin_release_id: wantedId })
          .where('device_id', '=', deviceId)
          .execute()
        continue
      }
      const release =
        pin === null
          ? null
          : await trx
              .selectFrom('release')
              .select(['id', 'semver'])
              .where('fleet_id', '=', fleetId)
              .where('commit', '=', pin)
              .executeTakeFirst()
      if (release === undefined) continue
      const refusal = outcome.refusal ?? (pin === seen ? 'it did not take it' : null)
      const how =
        refusal === null
          ? `by other means, at ${source.name}`
          : `still: ${source.name} did not take another pin (${refusal})`
      await adoptPin(trx, { id: deviceId, fleetId, pin: release, how }, now())
      changes.push(
        { kind: 'device', deviceId, uuid, fleetId, aspects: new Set(['event']) },
        ...(await recomputeTargets(trx, { deviceIds: [deviceId] }, now())),
      )
    }
    return changes
  })
}
