/**
 * Keeps the files of the app, and nothing else: no answer of the API ever comes here. Built by scripts/build-service-worker.ts,
 * anew for each build of the app, which makes browsers take it and its files.
 */
import { freshest, isPageAddress, keptFirst, withoutHints } from './shell-cache'

/** Put in by the build: what names it, and the addresses of its files. */
declare const __SHELL_BUILD__: string
declare const __SHELL_FILES__: readonly string[]

type Extendable = { waitUntil: (work: Promise<unknown>) => void }
type Fetching = Extendable & {
  request: Request
  respondWith: (answer: Promise<Response>) => void
}
/** As much of a service worker's world as is used here; TypeScript has it in a library that excludes the page's. */
declare const self: {
  addEventListener: ((type: 'install' | 'activate', listen: (event: Extendable) => void) => void) &
    ((type: 'fetch', listen: (event: Fetching) => void) => void)
  skipWaiting: () => Promise<void>
  clients: { claim: () => Promise<void> }
  location: Location
}

const PAGE = '/'
const NAME = `wheelhouse-${__SHELL_BUILD__}`
const files = new Set(__SHELL_FILES__)

async function fill(): Promise<void> {
  const cache = await caches.open(NAME)
  const page = await fetch(PAGE, { cache: 'no-cache' })
  if (!page.ok) throw new Error(`the page was answered with ${String(page.status)}`)
  await cache.put(PAGE, withoutHints(page))
  await cache.addAll(__SHELL_FILES__)
  await self.skipWaiting()
}

async function takeOver(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)))
  await self.clients.claim()
}

const net = {
  fetch: (request: Request) => fetch(request),
  kept: async (address: string) => (await (await caches.open(NAME)).match(address)) ?? null,
}

self.addEventListener('install', (event) => event.waitUntil(fill()))
self.addEventListener('activate', (event) => event.waitUntil(takeOver()))
self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate' && isPageAddress(pathname)) event.respondWith(freshest(request, PAGE, net))
  else if (files.has(pathname)) {
    const answer = pathname.startsWith('/assets/') ? keptFirst : freshest
    event.respondWith(answer(request, pathname, net))
  }
})
