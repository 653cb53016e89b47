import { lazy, Suspense, useEffect, useState } from 'react'
import { Menu as MenuIcon, Search } from 'lucide-react'
import { Link, Outlet, ScrollRestoration, useNavigation } from 'react-router'
import { cn } from '@/lib/cn'
import { Dialog } from '@/ui/dialog'
import { IconButton } from '@/ui/icon-button'
import { Toaster } from '@/ui/toaster'
import { ConnectionIndicator } from './connection-indicator'
import { Navigation } from './navigation'
import { UserMenu } from './user-menu'

const CommandPalette = lazy(() =>
  import('./command-palette').then((module) => ({ default: module.CommandPalette })),
)

function Brand() {
  return (
    <Link to="/fleets" className="flex items-center gap-2 font-semibold">
      <img src="/favicon.svg" alt="" className="size-6" />
      Wheelhouse
    </Link>
  )
}

function PaletteButton({ onOpen }: { onOpen: () => void }) {
  return (
    <button
      type="button"
      onClick={onOpen}
      aria-keyshortcuts="Control+K Meta+K"
      className="border-line bg-panel text-ink-muted hover:border-line-strong flex h-9 min-w-0 flex-1 items-center gap-2 rounded-md border px-2.5 sm:max-w-72"
    >
      <Search className="size-4 shrink-0" aria-hidden />
      <span className="flex-1 truncate text-left">Find anything</span>
      <kbd className="border-line hidden rounded border px-1 font-sans text-xs sm:block">Ctrl K</kbd>
    </button>
  )
}

/** The frame of every page after sign-in. */
export function Shell() {
  const [isMenuOpen, setMenuOpen] = useState(false)
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const isNavigating = useNavigation().state !== 'idle'
  useEffect(() => {
    const openOnShortcut = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      setPaletteOpen((isOpen) => !isOpen)
    }
    document.addEventListener('keydown', openOnShortcut)
    return () => document.removeEventListener('keydown', openOnShortcut)
  }, [])
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="focus:bg-panel sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded focus:p-2"
      >
        Skip to content
      </a>
      <aside className="border-line bg-panel sticky top-0 hidden h-dvh w-52 shrink-0 flex-col gap-4 border-r px-3 py-3 lg:flex">
        <div className="px-2.5 py-1">
          <Brand />
        </div>
        <Navigation />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="border-line bg-panel sticky top-0 z-30 flex h-14 items-center gap-2 border-b px-3 sm:gap-3 sm:px-5">
          <IconButton
            label="Open navigation"
            icon={<MenuIcon />}
            onClick={() => setMenuOpen(true)}
            className="lg:hidden"
          />
          <PaletteButton onOpen={() => setPaletteOpen(true)} />
          <span className="hidden flex-1 sm:block" />
          <ConnectionIndicator />
          <UserMenu />
        </header>
        <div
          aria-hidden
          className={cn(
            'bg-accent -mt-0.5 h-0.5 transition-opacity',
            isNavigating ? 'opacity-100' : 'opacity-0',
          )}
        />
        <main id="main" tabIndex={-1} className="w-full max-w-[1680px] flex-1 px-3 py-5 outline-none sm:px-6">
          <Outlet />
        </main>
      </div>
      {isMenuOpen && (
        <Dialog title="Wheelhouse" onClose={() => setMenuOpen(false)}>
          <Navigation onGo={() => setMenuOpen(false)} />
        </Dialog>
      )}
      {isPaletteOpen && (
        <Suspense fallback={null}>
          <CommandPalette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
      <Toaster />
      <ScrollRestoration getKey={(location) => location.pathname} />
    </div>
  )
}
