/** After a soak: every number that is served and shown against the tables, and whether anything acknowledged is missing. */
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { openRaw } from './log-seed.ts'
import { countLost, type SentReports } from './lost-reports.ts'
import type { SoakPages } from './soak-pages.ts'
import {
  differences,
  isNews,
  nearestBetween,
  recount,
  recountNews,
  recountTallies,
  type Difference,
  type Figures,
} from './soak-recount.ts'
import { readServed, type Served } from './soak-served.ts'
import { print } from './table.ts'

const ATTEMPTS = 5
const BETWEEN_MS = 5_000
const NAMED_MOVING = 8

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

type Still<Result> = { served: Served; shown: Figures; result: Result; moving: string[] }

/**
 * Reads what is served and shown until it stands still and pages show what is served, at most five times; `moving` are served
 * numbers that did not stand still in the last attempt, the news of a last hour not among them. On PostgreSQL `meanwhile` runs between two readings that agree; the embedded store can only be
 * counted once the gateway has stopped.
 */
async function readStill<Result>(
  { gateway, pages, fleetId, rolloutId }: Scene,
  meanwhile: (served: Served) => Promise<Result>,
): Promise<Still<Result>> {
  for (let attempt = 1; ; attempt++) {
    const served = await readServed(gateway.api)
    const result = await meanwhile(served)
    if (attempt > 1) await pages?.goHome()
    const shown = (await pages?.readScreens(fleetId, rolloutId)) ?? new Map<string, number>()
    const after = await readServed(gateway.api)
    const moving = differences(served.figures, after.figures)
      .map(({ name }) => name)
      .filter((name) => !isNews(name))
    // A page shows what it last knew of a place until it has asked again.
    const asServed = new Map([...served.figures].filter(([name]) => shown.has(name)))
    const behind = differences(shown, asServed).map(({ name }) => `${name} on screen`)
    if (moving.length + behind.length === 0 || attempt === ATTEMPTS) return { served, shown, result, moving }
    const named = [...moving, ...behind]
    print(`${String(named.length)} numbers still move: ${named.slice(0, NAMED_MOVING).join('; ')}`)
    await sleep(BETWEEN_MS)
  }
}

/** The news of the last hour, and everything else. */
const split = (figures: Figures): [Figures, Figures] => [
  new Map([...figures].filter(([name]) => isNews(name))),
  new Map([...figures].filter(([name]) => !isNews(name))),
]

/** Compares everything; `settle` ends what still goes on before the store is read past the gateway. */
export async function checkSoak(
  scene: Scene,
  sent: readonly SentReports[],
  settle: () => Promise<void>,
): Promise<Check> {
  const { gateway, url } = scene
  const countFor = async ({ newsFromMs, newsToMs }: Served) => {
    const raw = await openRaw(gateway, url)
    try {
      return {
        counted: await recount(raw),
        news: [await recountNews(raw, newsFromMs), await recountNews(raw, newsToMs)] as const,
        tallies: await recountTallies(raw),
        reports: await countLost(raw, sent),
        storedLines: Number((await raw.query('select count(*)::int as lines from log_line'))[0]?.lines),
      }
    } finally {
      await raw.close()
    }
  }
  const isEmbedded = url === null
  const still = await readStill(scene, async (served) => (isEmbedded ? null : countFor(served)))
  await settle()
  if (isEmbedded) await gateway.process.stop()
  const { counted, news, tallies, reports, storedLines } = still.result ?? (await countFor(still.served))
  const [ofNews, others] = split(still.served.figures)
  const onScreen = new Map([...counted].filter(([name]) => still.shown.has(name)))
  const compared = [
    { where: 'served', own: others, other: counted },
    { where: 'news of the last hour', own: ofNews, other: nearestBetween(ofNews, ...news) },
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
