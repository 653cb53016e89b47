/** A gateway with three seeded fleets for a soak: one that a rollout goes through, one that stays, and one that comes and goes. */
import { rolloutPlan } from '#contract/rollout-plan'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { makeIngestFleet, makeIngestRelease, seedIngestDevices } from './ingest-fleet.ts'
import { settleSeeded, SoakFleet, type SoakPart } from './soak-fleet.ts'
import { aside, quiet, storeAt } from './stores.ts'

const ROLLING_SHARE = 0.6
const ROAMING_SHARE = 0.02
/** Polls take at most such a part of the rate of reports. */
const POLL_SHARE = 0.2
const LONGEST_POLL_SECONDS = 600
const PHASES = [25, 50, 75, 100]

export type SoakScene = {
  gateway: TestGateway
  fleet: SoakFleet
  parts: Record<'rolling' | 'steady' | 'roaming', SoakPart>
  rolloutId: number
}

export type SoakSize = { devices: number; rate: number; minutes: number }

/** How often devices poll: seldom enough to leave room for reports, often enough to hear of the rollout in time. */
function pollsOf({ devices, rate, minutes }: SoakSize): { pollMs: number; roamingPollMs: number } {
  const within = (seconds: number) => Math.min(LONGEST_POLL_SECONDS, Math.max(1, seconds)) * 1000
  return {
    pollMs: Math.round(within(Math.max(minutes * 10, devices / (rate * POLL_SHARE)))),
    // It is silent for two and a half intervals, and is to be missed and come back within the soak.
    roamingPollMs: Math.round(within(minutes * 3)),
  }
}

/** Offers are spread over the whole soak, so that the rollout is not through when it ends. */
const planOf = (devices: number, minutes: number) =>
  rolloutPlan.parse({
    phases: PHASES.map((percent) => ({
      name: `${String(percent)} %`,
      reach: { kind: 'percent', percent },
      soakSeconds: Math.max(5, Math.round(minutes * 2)),
    })),
    gates: {
      successPercent: 50,
      maxFailurePercent: null,
      maxSilentPercent: null,
      maxCrashLoopPercent: null,
      maxHealthDifference: null,
    },
    maxUpdating: null,
    startsPerMinute: Math.ceil(devices / minutes),
    includesPinned: false,
  })

/** Starts it on the store at `url`; the rollout has begun. */
export async function startSoakScene(url: string | null, size: SoakSize): Promise<SoakScene> {
  const { pollMs, roamingPollMs } = pollsOf(size)
  const gateway = await startTestGateway({
    environment: { ...quiet, WHEELHOUSE_POLL_INTERVAL_MS: String(roamingPollMs), ...storeAt(url) },
  })
  try {
    const make = async (name: string, ownPollMs: number) => {
      const fleet = await makeIngestFleet(gateway, name)
      const body = {
        kind: 'configuration',
        name: 'RESIN_SUPERVISOR_POLL_INTERVAL',
        value: String(ownPollMs),
      } as const
      await gateway.api.call('setFleetVariable', { params: { fleetId: fleet.fleetId }, body })
      return fleet
    }
    const [rolling, steady, roaming] = [
      await make('Rolling', pollMs),
      await make('Steady', pollMs),
      await make('Roaming', roamingPollMs),
    ]
    const { releaseId, nextRelease } = await makeNext(gateway, rolling)
    const rollingTo = Math.round(size.devices * ROLLING_SHARE)
    const steadyTo = Math.round(size.devices * (1 - ROAMING_SHARE))
    const still = { pollMs, isRoaming: false, nextRelease: null }
    const parts = {
      rolling: { ...still, fleet: rolling, from: 1, to: rollingTo, nextRelease },
      steady: { ...still, fleet: steady, from: rollingTo + 1, to: steadyTo },
      roaming: {
        ...still,
        fleet: roaming,
        from: steadyTo + 1,
        to: size.devices,
        pollMs: roamingPollMs,
        isRoaming: true,
      },
    }
    await aside(gateway, url, async (raw) => {
      for (const part of Object.values(parts)) {
        await seedIngestDevices(raw, part.fleet, part.from, part.to)
        for (const text of settleSeeded(part)) await raw.query(text)
      }
      await raw.query('delete from device_term_due')
      await raw.query('vacuum analyze device')
    })
    const rollout = await gateway.api.call('createRollout', {
      params: { fleetId: rolling.fleetId },
      body: { releaseId, plan: planOf(rollingTo, size.minutes) },
    })
    return { gateway, fleet: new SoakFleet(Object.values(parts)), parts, rolloutId: rollout.id }
  } catch (error) {
    await gateway.process.dispose()
    throw error
  }
}

/** The release that the rollout sends; the fleet stays on the one it has. */
async function makeNext({ api }: TestGateway, { fleetId, runs }: SoakPart['fleet']) {
  const params = { fleetId }
  const { fleet } = await api.call('getFleet', { params })
  if (fleet.targetRelease === null) throw new Error('The fleet has no release')
  await api.call('updateFleet', {
    params,
    body: { policy: { kind: 'pinned', releaseId: fleet.targetRelease.id } },
  })
  const made = await makeIngestRelease(api, { id: fleetId, uuid: runs.appUuid }, 2)
  return { releaseId: made.releaseId, nextRelease: made.runs }
}
