import { useEffect, useState } from 'react'
import { Menu as MenuIcon, Search } from 'lucide-react'
import { Link, Outlet, ScrollRestoration, useNavigation } from 'react-router'
import { cn } from '@/lib/cn'
import { NotificationBell } from '@/features/notifications/notification-bell'
import { NotificationWatch } from '@/features/notifications/notification-watch'
import { preloadAnswerCheck } from '@/lib/answer'
import { preloadWrites } from '@/lib/api'
import { createPart, preloadPart, usePart } from '@/lib/part'
import { useSource } from '@/lib/source'
import { useDocumentKeys } from '@/lib/use-document-keys'
import { useConnection } from '@/live/connection.store'
import { IconButton } from '@/ui/icon-button'
import { menuPart } from '@/ui/menu'
import { popoverPart } from '@/ui/popover-panel'
import { Sheet } from '@/ui/sheet'
import { Toaster, toastPart } from '@/ui/toaster'
import { awayPart } from '../away-part'
import { preloadPage } from '../lazy-pages'
import { ConnectionIndicator } from './connection-indicator'
import { Navigation } from './navigation'
import { focusMain, PageFocus } from './page-focus'
import { Palette, palettePart } from './palette'
import { UserMenu } from './user-menu'

/** Late enough not to compete with the page itself. */
const PRELOAD_AFTER_MS = 3000

const sourceAgePart = createPart(() => import('@/features/source/source-age'))

const preloadPalette = () => preloadPart(palettePart)

/** What is in reach on every page; here before it is needed, also when the gateway is away by then. */
const preloadFrame = () => {
  preloadAnswerCheck()
  preloadWrites()
  for (const part of [palettePart, menuPart, popoverPart, awayPart, toastPart]) preloadPart(part)
  preloadPage('/devices')
}

function Brand() {
  return (
    <Link to="/fleets" className="flex items-center gap-2 font-semibold">
      <img src="/favicon.svg" alt="" className="size-6" />
      Wheelhouse
    </Link>
  )
}

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

function PaletteButton({ onOpen }: { onOpen: () => void }) {
  return (
    <button
      type="button"
      onClick={onOpen}
      onPointerEnter={preloadPalette}
      onFocus={preloadPalette}
      aria-keyshortcuts="Control+K Meta+K"
      className="border-line bg-panel text-ink-muted hover:border-line-strong flex h-9 min-w-0 flex-1 items-center gap-2 rounded-md border px-2.5 sm:max-w-72"
    >
      <Search className="size-4 shrink-0" aria-hidden />
      <span className="flex-1 truncate text-left">Find anything</span>
      <kbd className="border-line hidden rounded border px-1 font-sans text-xs sm:block">
        {isApple ? '⌘ K' : 'Ctrl K'}
      </kbd>
    </button>
  )
}

function useShortcut(toggle: () => void) {
  useEffect(() => {
    const timer = setTimeout(preloadFrame, PRELOAD_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  useDocumentKeys((event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    toggle()
  })
}

/** The frame of every page after sign-in. */
export function Shell() {
  const [isMenuOpen, setMenuOpen] = useState(false)
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const isNavigating = useNavigation().state !== 'idle'
  const isStale = useConnection((state) => state.status === 'stale')
  const banner = usePart(awayPart, isStale)
  const { isRead } = useSource()
  const age = usePart(sourceAgePart, isRead)
  const [togglePalette] = useState(() => () => setPaletteOpen((isOpen) => !isOpen))
  useShortcut(togglePalette)
  return (
    <div className="flex min-h-dvh print:block">
      <a
        href="#main"
        onClick={(event) => {
          // The address stays what it is: it may be copied.
          event.preventDefault()
          focusMain()
        }}
        className="focus:bg-panel focus:shadow-pop sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded focus:px-3 focus:py-2"
      >
        Skip to content
      </a>
      <aside className="border-line bg-panel sticky top-0 hidden h-dvh w-52 shrink-0 flex-col gap-4 overflow-y-auto border-r px-3 py-3 lg:flex print:hidden">
        <div className="px-2.5 py-1">
          <Brand />
        </div>
        <Navigation />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="border-line bg-panel sticky top-0 z-30 flex h-14 items-center gap-2 border-b px-3 sm:gap-3 sm:px-5 print:hidden">
          <IconButton
            label="Open navigation"
            icon={<MenuIcon />}
            onClick={() => setMenuOpen(true)}
            className="lg:hidden"
          />
          <PaletteButton onOpen={() => setPaletteOpen(true)} />
          {/* As wide without the age as with it. */}
          <span
            className={cn(
              'min-w-0 flex-1 justify-end',
              isRead ? 'flex max-sm:w-14 max-sm:flex-none' : 'max-sm:hidden',
            )}
          >
            {isRead && age && <age.SourceAge />}
          </span>
          <ConnectionIndicator />
          <NotificationBell />
          <UserMenu />
          <span
            aria-hidden
            className={cn(
              'bg-accent absolute inset-x-0 -bottom-px h-0.5 transition-opacity delay-150',
              isNavigating ? 'opacity-100' : 'opacity-0',
            )}
          />
          {banner && <banner.StaleBanner />}
        </header>
        <main
          id="main"
          tabIndex={-1}
          data-stale={isStale}
          className="w-full max-w-[1680px] flex-1 px-3 pt-6 pb-8 outline-none sm:px-6 print:p-0"
        >
          <Outlet />
        </main>
      </div>
      {isMenuOpen && (
        <Sheet label="Navigation" heading={<Brand />} onClose={() => setMenuOpen(false)}>
          <Navigation onGo={() => setMenuOpen(false)} />
        </Sheet>
      )}
      {isPaletteOpen && <Palette onClose={() => setPaletteOpen(false)} />}
      <Toaster />
      <NotificationWatch />
      <PageFocus />
      <ScrollRestoration getKey={(location) => location.pathname} />
    </div>
  )
}
