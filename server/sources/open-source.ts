import { setTimeout as wait } from 'node:timers/promises'
import type { Change } from '../platform/changes.ts'
import type { Config } from '../platform/config.ts'
import type { SourceView } from '../platform/source-view.ts'
import { balenaSource } from './balena/balena-source.ts'
import { embeddedView } from './embedded/embedded-view.ts'
import type { FleetSource, SourceAction } from './fleet-source.ts'
import type { MirrorDeps } from './mirror/mirror-deps.ts'
import { Mirror, type Budget } from './mirror/mirror.ts'

/**
 * A source that must be asked: it is read into the store. `budget`: how often it may be asked, and was. `turnMs`: how long nothing is
 * looked at between two rounds; absent: as long as people do not notice.
 */
export type ReadSource = FleetSource & { readonly budget: Budget; readonly turnMs?: number }

/** The source of fleets as the rest of the gateway knows it. */
export type OpenedSource = SourceView & {
  /** Asks a device for an action; null where devices are asked by this gateway itself. */
  act: ((action: SourceAction) => Promise<void>) | null
  /** Change listener. */
  observe: (changes: readonly Change[]) => void
  /** This gateway leads: it alone reads the source. */
  lead: () => void
  /** Another one does, or this one ends. */
  rest: () => Promise<void>
}

/** A source that nothing has to be read of. */
const unread = (view: SourceView): OpenedSource => ({
  ...view,
  act: null,
  observe: () => undefined,
  lead: () => undefined,
  rest: () => Promise.resolve(),
})

type SourceSettings = Pick<
  Config,
  'WHEELHOUSE_SOURCE' | 'BALENA_API_URL' | 'BALENA_API_TOKEN' | 'BALENA_REQUESTS_PER_MINUTE'
>

/** The source that is given or that the settings name. A mirrored one is read once this gateway leads; `deps` are asked for then. */
export function openSource(
  settings: SourceSettings | SourceView | ReadSource,
  deps: () => Omit<MirrorDeps, 'source'>,
): OpenedSource {
  if ('budget' in settings) return mirrored(settings, deps)
  if ('kind' in settings) return unread(settings)
  const { BALENA_API_URL: url, BALENA_API_TOKEN: token } = settings
  if (settings.WHEELHOUSE_SOURCE !== 'balena' || url === undefined || token === undefined)
    return unread(embeddedView)
  const source = balenaSource({
    url: new URL(url),
    token,
    fetch,
    signal: new AbortController().signal,
    perMinute: settings.BALENA_REQUESTS_PER_MINUTE,
    nowMs: Date.now,
    wait: (ms, signal) => wait(ms, undefined, { signal }),
    random: Math.random,
  })
  return mirrored(source, deps)
}

/** A source that is read into the store, and set from it. */
function mirrored(source: ReadSource, deps: () => Omit<MirrorDeps, 'source'>): OpenedSource {
  const { kind, name, address } = source
  const missing = [...source.missing]
  let made: Mirror | null = null
  const mirror = () => (made ??= new Mirror({ ...deps(), source }, () => source.budget, source.turnMs))
  return {
    kind,
    name,
    missing,
    status: () => ({ kind, name, address, missing, reading: mirror().status() }),
    check: () => source.check(),
    act: (action) => source.act(action),
    observe: (changes) => mirror().observe(changes),
    lead: () => mirror().start(),
    rest: () => mirror().stop(),
  }
}
