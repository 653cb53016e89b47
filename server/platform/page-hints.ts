import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { FIRST_DEVICES } from '#contract/device-states'
import { routes } from '#contract/routes'

/**
 * Which module of the page draws an address, as `src/app/router.tsx` has it; null: it comes with the entry. A page that is
 * missing here, or called otherwise, only waits one round trip more.
 */
const pages: readonly { address: RegExp; module: string | null }[] = [
  { address: /^\/(fleets)?$/, module: null },
  { address: /^\/fleets\/./, module: 'fleet' },
  { address: /^\/devices$/, module: 'devices' },
  { address: /^\/devices\/./, module: 'device' },
  { address: /^\/actions$/, module: 'action-batches' },
  { address: /^\/actions\/./, module: 'action-batch' },
  { address: /^\/releases$/, module: 'releases' },
  { address: /^\/releases\/new$/, module: 'release-new' },
  { address: /^\/releases\/compare$/, module: 'release-compare' },
  { address: /^\/releases\/./, module: 'release' },
  { address: /^\/rollouts$/, module: 'rollouts' },
  { address: /^\/rollouts\/new$/, module: 'rollout-new' },
  { address: /^\/rollouts\/[^/]+\/report$/, module: 'rollout-report' },
  { address: /^\/rollouts\/./, module: 'rollout' },
  { address: /^\/notifications$/, module: 'notifications' },
  { address: /^\/audit$/, module: 'audit' },
  { address: /^\/settings\/webhooks\/./, module: 'webhook' },
  { address: /^\/settings(\/|$)/, module: 'settings' },
  { address: /^\/logs$/, module: 'logs' },
]
const signedOut: readonly { address: RegExp; module: string | null }[] = [
  { address: /^\/sign-in$/, module: 'sign-in' },
  { address: /^\/setup$/, module: 'setup' },
  { address: /^\/link$/, module: 'link' },
]

/**
 * The first data of a page, in the very words its own call will have (`apiPath` of the page): otherwise the browser would
 * ask twice. Where the address narrows it down, only the page can tell.
 */
const firstCalls: readonly { address: RegExp; calls: readonly string[] }[] = [
  { address: /^\/(fleets)?(\?|$)/, calls: [routes.listFleets.path] },
  {
    address: /^\/devices$/,
    calls: [
      `${routes.listDevices.path}?${String(new URLSearchParams({ ...FIRST_DEVICES, limit: String(FIRST_DEVICES.limit) }))}`,
      routes.getDeviceFacets.path,
      routes.listFleets.path,
    ],
  },
]

const manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    imports: z.array(z.string()).default([]),
  }),
)
type Manifest = z.output<typeof manifest>

/** What a module imports, with itself, but for what index.html names already. */
function filesOf(all: Manifest, module: string): string[] {
  const reach = (name: string, found: Set<string>) => {
    if (found.has(name)) return found
    found.add(name)
    for (const next of all[name]?.imports ?? []) reach(next, found)
    return found
  }
  const entry = Object.keys(all).find((name) => all[name]?.isEntry)
  const known = entry === undefined ? new Set<string>() : reach(entry, new Set())
  return [...reach(`src/app/routes/${module}.route.tsx`, new Set())]
    .filter((name) => !known.has(name))
    .flatMap((name) => all[name]?.file ?? [])
}

const script = (file: string) => `</${file}>; rel=modulepreload`
// As `fetch` of the page asks: only then the browser takes the answer for it.
const call = (address: string) => `<${address}>; rel=preload; as=fetch; crossorigin=anonymous`

/**
 * Reads off the built page what each address needs besides index.html, so that a browser asks for all of it at once: the
 * value of the `Link` header, or null. `address` is path and query; `hasSession`: whether the browser sends a cookie; without, it is about to sign in.
 */
export function makePageHints(folder: string): (address: string, hasSession: boolean) => string | null {
  const file = path.join(folder, '.vite/manifest.json')
  if (!existsSync(file)) return () => null
  const all = manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
  const scripts = new Map(
    [...pages, ...signedOut].flatMap(({ module }) =>
      module === null ? [] : [[module, filesOf(all, module).map(script)]],
    ),
  )
  const scriptsOf = (one: { module: string | null } | undefined) => scripts.get(one?.module ?? '') ?? []
  return (address, hasSession) => {
    const path = address.split('?')[0] ?? ''
    const at = (page: { address: RegExp }) => page.address.test(path)
    const page = pages.find(at)
    const calls = [
      ...(page && hasSession ? [routes.getMe.path] : []),
      ...(page && hasSession ? (firstCalls.find((first) => first.address.test(address))?.calls ?? []) : []),
    ]
    const links = [...calls.map(call), ...scriptsOf(page ?? signedOut.find(at))]
    return links.length === 0 ? null : links.join(', ')
  }
}
