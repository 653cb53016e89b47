/** After a soak: every number that is served and shown against the tables, and whether anything acknowledged is missing. */
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { openRaw } from './log-seed.ts'
import { countLost, type SentReports } from './lost-reports.ts'
import type { SoakPages } from './soak-pages.ts'
import { differences, recount, recountTallies, type Difference, type Figures } from './soak-recount.ts'
import { readServed } from './soak-served.ts'
import { print } from './table.ts'

const ATTEMPTS = 5
const BETWEEN_MS = 5_000

export type Check = {
  /** How many numbers were compared, by where they were read. */
  compared: Record<string, number>
  differences: (Difference & { where: string })[]
  reports: { acknowledged: number; lost: number }
  /** Lines that are in the store. */
  storedLines: number
  /** Numbers that would not stand still, as on a machine that is behind, and were not compared. */
  moving: string[]
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

type Scene = {
  gateway: TestGateway
  url: string | null
  pages: SoakPages | null
  fleetId: number
  rolloutId: number
}

/**
 * Reads what is served and shown until it stands still; `moving` are numbers that did not in the last attempt. On PostgreSQL `meanwhile` runs between two readings that agree; the
 * embedded store can only be counted once the gateway has stopped.
 */
async function readStill<Result>(
  { gateway, pages, fleetId, rolloutId }: Scene,
  meanwhile: (atMs: number) => Promise<Result>,
): Promise<{ served: Figures; shown: Figures; atMs: number; result: Result; moving: string[] }> {
  for (let attempt = 1; ; attempt++) {
    const before = await readServed(gateway.api)
    const result = await meanwhile(before.atMs)
    if (attempt > 1) await pages?.goHome()
    const shown = (await pages?.readScreens(fleetId, rolloutId)) ?? new Map<string, number>()
    const after = await readServed(gateway.api)
    const moving = differences(before.figures, after.figures).map(({ name }) => name)
    if (moving.length === 0 || attempt === ATTEMPTS)
      return { served: after.figures, shown, atMs: before.atMs, result, moving }
    print(`${String(moving.length)} numbers still move, ${moving[0] ?? ''} among them`)
    await sleep(BETWEEN_MS)
  }
}

/** Compares everything; `settle` ends what still goes on before the store is read past the gateway. */
export async function checkSoak(
  scene: Scene,
  sent: readonly SentReports[],
  settle: () => Promise<void>,
): Promise<Check> {
  const { gateway, url } = scene
  const countAt = async (atMs: number) => {
    const raw = await openRaw(gateway, url)
    try {
      return {
        counted: await recount(raw, atMs),
        tallies: await recountTallies(raw),
        reports: await countLost(raw, sent),
        storedLines: Number((await raw.query('select count(*)::int as lines from log_line'))[0]?.lines),
      }
    } finally {
      await raw.close()
    }
  }
  const isEmbedded = url === null
  const still = await readStill(scene, async (atMs) => (isEmbedded ? null : countAt(atMs)))
  await settle()
  if (isEmbedded) await gateway.process.stop()
  const { counted, tallies, reports, storedLines } = still.result ?? (await countAt(still.atMs))
  const onScreen = new Map([...counted].filter(([name]) => still.shown.has(name)))
  const compared = [
    { where: 'served', own: still.served, other: counted },
    { where: 'on screen', own: still.shown, other: onScreen },
    { where: 'kept for gates', own: tallies.kept, other: tallies.counted },
  ]
  return {
    compared: Object.fromEntries(compared.map(({ where, own }) => [where, own.size])),
    differences: compared.flatMap(({ where, own, other }) =>
      differences(own, other).flatMap((one) => (still.moving.includes(one.name) ? [] : [{ ...one, where }])),
    ),
    moving: still.moving,
    reports,
    storedLines,
  }
}
