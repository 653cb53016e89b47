import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, type ReactNode } from 'react'
import { MemoryRouter, useLocation } from 'react-router'
import { render } from 'vitest-browser-react'
import type { TopicKind } from '#contract/events'
import type { Role } from '#contract/session'
import type { SourceAbility } from '#contract/source'
import { AccessContext } from '@/lib/permission'
import { SourceContext } from '@/lib/source'
import type { LiveClient, LivePatch, WatchHandlers } from '@/live/live-client'
import { LiveContext } from '@/live/live-context'
import { Toaster } from '@/ui/toaster'
import { missingOf } from './source-builders'

/** A live connection on which only the test says something. */
export function makeFakeLive() {
  const watched = new Map<string, WatchHandlers<never>>()
  const client: LiveClient = {
    watch: (topic, handlers) => {
      const key = JSON.stringify(topic)
      watched.set(key, handlers)
      return () => watched.delete(key)
    },
    connect: () => undefined,
    close: () => undefined,
  }
  return {
    client,
    /** Whether something on screen watches this topic. */
    isWatched: (topic: object) => watched.has(JSON.stringify(topic)),
    /** Hands a patch to whoever watches the topic. */
    send<K extends TopicKind>(topic: { kind: K }, patch: LivePatch<K>): void {
      const handlers = watched.get(JSON.stringify(topic)) as WatchHandlers<K> | undefined
      if (!handlers) throw new Error(`nobody watches ${JSON.stringify(topic)}`)
      handlers.onPatch(patch)
    },
  }
}

let address = ''
/** Path and search of the page the component under test is on. */
export const currentAddress = (): string => address

function AddressProbe() {
  const location = useLocation()
  useEffect(() => {
    address = location.pathname + location.search
  }, [location])
  return null
}

type PageOptions = {
  at?: string
  role?: Role
  live?: ReturnType<typeof makeFakeLive>
  /** What the source of the fleets cannot do, each for the reason `whyOf`. */
  missing?: readonly SourceAbility[]
}

/** Draws a component with all that pages have around them: address, role, queries, live connection, toasts. */
export async function renderPage(children: ReactNode, options: PageOptions = {}) {
  const { at = '/', role = 'admin', live = makeFakeLive(), missing = [] } = options
  const source = {
    name: 'openBalena at api.example.com',
    missing: missingOf(missing),
    isRead: false,
  }
  const client = new QueryClient({
    defaultOptions: {
      queries: { retry: false, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
  const screen = await render(
    <QueryClientProvider client={client}>
      <AccessContext value={{ everywhere: role, fleets: [] }}>
        <SourceContext value={source}>
          <LiveContext value={live.client}>
            <MemoryRouter initialEntries={[at]}>
              <AddressProbe />
              {children}
              <Toaster />
            </MemoryRouter>
          </LiveContext>
        </SourceContext>
      </AccessContext>
    </QueryClientProvider>,
  )
  return { ...screen, client, live }
}
