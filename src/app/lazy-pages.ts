import { loadPart } from '@/lib/load-part'

type Page = {
  Component: () => React.ReactNode
  /** Asks for what the page shows first at this address; resolves when it is there or takes longer than is worth waiting. */
  ask?: (address: URL) => Promise<void>
}

/** The pages that the navigation leads to, but the first: each is a chunk of its own. */
export const lazyPages = {
  '/devices': () => import('./routes/devices.route'),
  '/actions': () => import('./routes/action-batches.route'),
  '/releases': () => import('./routes/releases.route'),
  '/rollouts': () => import('./routes/rollouts.route'),
  '/logs': () => import('./routes/logs.route'),
  '/audit': () => import('./routes/audit.route'),
} satisfies Record<string, () => Promise<Page>>

const isLazy = (path: string): path is keyof typeof lazyPages => path in lazyPages

/** Fetches the code of a page ahead of its use. A failure shows when the page is opened. */
export const preloadPage = (path: keyof typeof lazyPages) =>
  void loadPart<Page>(lazyPages[path]).catch(() => undefined)

/** Fetches code and first data of a page that somebody is about to open: the pointer or the focus is on the way to it. */
export function preparePage(path: string): void {
  if (!isLazy(path)) return
  loadPart<Page>(lazyPages[path]).then(
    (page) => void page.ask?.(new URL(path, location.origin)),
    () => undefined,
  )
}
