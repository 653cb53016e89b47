import { hashKey, type Query, type QueryClient, type QueryKey } from '@tanstack/react-query'
import type { Me } from '#contract/session'
import { sessionQueries } from '@/features/session/session.queries'
import { refuseWrites } from '@/lib/api-write'
import { useConnection } from '@/live/connection.store'
import { browserBox, type KeptBox } from './kept-box'
import { chooseKept, isOfMe, KEPT_HOURS, mayShow, type Kept, type KeptEntry } from './kept-data'
import { registerShellCache } from './register-shell-cache'

const SAVE_EVERY_MS = 10_000
const ASK_EVERY_MS = 3_000
const KEPT_MS = KEPT_HOURS * 3_600_000
const REFUSAL =
  'Offline: nothing was sent, and nothing was changed. Changes are possible again when the gateway answers.'

type Surroundings = {
  client: QueryClient
  box: KeptBox
  build: string
  nowMs: () => number
}

/** What the page is made of names itself by what it holds: another build has another address. */
const buildOf = () => document.querySelector<HTMLScriptElement>('script[type="module"]')?.src ?? ''

let isStarted = false
/** From now on keeps what is seen, after it has shown what was kept where the gateway does not say who is here. */
export async function startLastKnown(client: QueryClient): Promise<void> {
  if (isStarted) return
  isStarted = true
  registerShellCache()
  const nowMs = () => Date.now()
  const lastKnown = createLastKnown({ client, box: browserBox, build: buildOf(), nowMs })
  addEventListener('online', lastKnown.ask)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') lastKnown.save()
  })
  await lastKnown.start()
}

/** Data of the signed-in person between two starts of the page: kept while the gateway is heard, shown while it is not. */
export function createLastKnown({ client, box, build, nowMs }: Surroundings) {
  const meKey = sessionQueries.me().queryKey
  const isOther = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[0] !== meKey[0]
  let shown: Kept | null = null
  let keptFor: number | null = null
  /** What was kept of pages seen before this one was loaded. */
  let earlier: readonly KeptEntry[] = []
  let markedAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let stopMarking = (): void => undefined
  let stopSeeing = (): void => undefined
  // One after the other: what is wiped must not come back by a write that began before.
  let line: Promise<unknown> = Promise.resolve()
  const inLine = <T>(work: () => Promise<T>): Promise<T | null> => {
    const done = line.then(work).catch(() => null)
    line = done
    return done
  }

  const wipe = () => {
    clearTimeout(timer)
    timer = undefined
    keptFor = null
    earlier = []
    void inLine(box.wipe)
  }

  const queries = (): Query[] => client.getQueryCache().getAll()

  /** All that is in the cache and was kept before. What is on screen is as new as the last word of the gateway. */
  function seen() {
    const heardAtMs = useConnection.getState().lastHeardAtMs ?? 0
    const now = queries().map((query) => {
      const { data, dataUpdatedAt } = query.state
      const at = query.isActive() ? Math.max(heardAtMs, dataUpdatedAt) : dataUpdatedAt
      return { queryKey: query.queryKey, state: { data, dataUpdatedAt: at } }
    })
    const known = new Set(
      now.filter(({ state }) => state.data !== undefined).map((one) => hashKey(one.queryKey)),
    )
    const before = earlier
      .filter(({ key, at }) => nowMs() - at < KEPT_MS && !known.has(hashKey(key)))
      .map(({ key, data, at }) => ({ queryKey: key, state: { data, dataUpdatedAt: at } }))
    return [...now, ...before]
  }

  function save(): void {
    clearTimeout(timer)
    timer = undefined
    const me = client.getQueryData(meKey)
    if (shown !== null || !me) return
    const entries = chooseKept(seen())
    const at = Math.max(...entries.map((entry) => entry.at))
    keptFor = me.user.id
    void inLine(() => box.write({ build, userId: me.user.id, at, entries }))
  }

  /** Whoever it is now: what was kept of somebody else, or of a session that is over, goes. */
  function judge(me: Me | null | undefined): void {
    if (me === undefined) return
    if (me === null || (keptFor !== null && keptFor !== me.user.id)) wipe()
    if (me !== null) timer ??= setTimeout(save, SAVE_EVERY_MS)
  }

  /** Of what time the oldest is that is on screen. */
  function oldestShown({ at, entries }: Kept): number {
    const active = new Set(queries().flatMap((query) => (query.isActive() ? [query.queryHash] : [])))
    return Math.min(at, ...entries.flatMap((one) => (active.has(hashKey(one.key)) ? [one.at] : [])))
  }

  const keptState = () => ({ status: 'stale', lastHeardAtMs: markedAt, reason: 'kept' }) as const

  /** What is shown is as old as it was kept, also while a socket is tried in vain. */
  function mark(): void {
    if (shown === null) return
    markedAt = oldestShown(shown)
    useConnection.setState(keptState())
  }

  function holdMark(): void {
    stopMarking = useConnection.subscribe(({ status, lastHeardAtMs, reason }) => {
      if ((lastHeardAtMs ?? 0) > markedAt) ask()
      if (status !== 'stale' || lastHeardAtMs !== markedAt || reason !== 'kept')
        useConnection.setState(keptState())
    })
    mark()
  }

  /** The gateway answered: what is on screen is fetched again, for whoever it says is here. */
  function heal(me: Me | null): void {
    if (shown === null) return
    const before = shown
    shown = null
    stopMarking()
    useConnection.setState({ status: 'reconnecting', lastHeardAtMs: nowMs(), reason: null })
    refuseWrites(null)
    judge(me)
    if (me === null) client.removeQueries({ predicate: isOther })
    else if (me.user.id !== before.userId) void client.resetQueries({ predicate: isOther })
    else void client.invalidateQueries({ predicate: isOther })
  }

  let isAsking = false
  function ask(): void {
    if (shown === null || isAsking) return
    isAsking = true
    clearTimeout(again)
    client
      .query({ ...sessionQueries.me(), staleTime: 0, retry: false })
      .then(heal, () => {
        again = setTimeout(ask, ASK_EVERY_MS)
      })
      .finally(() => {
        isAsking = false
      })
  }

  async function show(): Promise<void> {
    const kept = await inLine(box.read)
    if (!kept) return
    if (!mayShow(kept, build, nowMs())) {
      wipe()
      return
    }
    // The gateway may have answered meanwhile.
    if (client.getQueryData(meKey) !== undefined) {
      keptFor = kept.userId
      earlier = kept.entries
      return
    }
    shown = kept
    earlier = kept.entries
    keptFor = kept.userId
    refuseWrites(REFUSAL)
    holdMark()
    const cache = client.getQueryCache()
    // Last of all who it is: everything else is asked for when that is known.
    for (const { key, data, at } of [...kept.entries].sort(
      (a, b) => Number(isOfMe(a.key)) - Number(isOfMe(b.key)),
    )) {
      cache.build(client, { queryKey: key, gcTime: KEPT_MS })
      client.setQueryData(key, data, { updatedAt: at })
    }
    ask()
  }

  return {
    ask,
    save,
    async start(): Promise<void> {
      // Where nobody has asked who is here (a page for signing in), nothing is missed.
      const asked = client.getQueryState(meKey)
      if (asked && asked.data === undefined) await show()
      stopSeeing = client.getQueryCache().subscribe(({ type, query }) => {
        if (shown !== null && type.startsWith('observer')) mark()
        if (type !== 'updated' || shown !== null) return
        if (isOfMe(query.queryKey as QueryKey)) judge(client.getQueryData(meKey))
        else if (client.getQueryData(meKey)) timer ??= setTimeout(save, SAVE_EVERY_MS)
      })
      mark()
      if (shown !== null) return
      const kept = await inLine(box.read)
      if (kept?.build === build) earlier = kept.entries
      keptFor ??= kept?.userId ?? null
      judge(client.getQueryData(meKey))
      save()
    },
    /** Resolves when everything so far is written. */
    settled: () => inLine(() => Promise.resolve()),
    /** Keeps nothing any more, and asks for nobody. */
    close(): void {
      shown = null
      clearTimeout(timer)
      clearTimeout(again)
      stopMarking()
      stopSeeing()
    },
  }
}
