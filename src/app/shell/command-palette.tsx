import { Command } from 'cmdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Boxes, ListFilter, LoaderCircle, Monitor, Moon, Package, Sun } from 'lucide-react'
import { useLayoutEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import { FoundDeviceLines } from '@/domain/found-device'
import { cn } from '@/lib/cn'
import { formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { setTheme } from '../theme.store'
import { destinations } from './navigation'
import { PALETTE_HINT, paletteBody, paletteField } from './palette-looks'
import { PaletteEntry, PaletteGroup } from './palette-entry'
import { paletteQueries } from './palette.queries'
import { usePaletteSearch } from './use-palette-search'

type CommandPaletteProps = { text: string; onText: (text: string) => void; onClose: () => void }

/** What the palette searches with and finds: go anywhere, a device by what is known of it, a release or fleet by name. */
export function CommandPalette({ text, onText, onClose }: CommandPaletteProps) {
  const found = usePaletteSearch(text)
  const input = useRef<HTMLInputElement>(null)
  // Before the next key: it may take the place of the field in which somebody is typing.
  useLayoutEffect(() => {
    input.current?.focus()
    input.current?.setSelectionRange(input.current.value.length, input.current.value.length)
  }, [])
  return (
    <Command label="Find anything" loop>
      <div className="border-line flex items-center border-b pr-3">
        <Command.Input
          ref={input}
          value={text}
          onValueChange={onText}
          placeholder={PALETTE_HINT}
          className={paletteField}
        />
        {found.isFetching && <LoaderCircle className="text-ink-muted size-4 animate-spin" aria-hidden />}
      </div>
      <Command.List className={cn(paletteBody, 'overflow-y-auto')}>
        <Command.Empty className="text-ink-muted px-2.5 py-6 text-center">
          {found.isFetching
            ? 'Searching…'
            : (found.error?.message ?? `Nothing is found for “${text.trim()}”.`)}
        </Command.Empty>
        <Found text={text} found={found} onClose={onClose} />
        <Fixed onClose={onClose} />
      </Command.List>
      <p className="border-line text-ink-muted hidden border-t px-4 py-2 text-xs sm:block" aria-hidden>
        ↑ ↓ to choose · Enter to open · Esc to close
      </p>
    </Command>
  )
}

type PartProps = { onClose: () => void }

/** What the gateway found; it matches already, so the typed text is given as a keyword. */
function Found(props: PartProps & { text: string; found: ReturnType<typeof usePaletteSearch> }) {
  const go = useGo(props.onClose)
  const { devices, isMore, releases } = props.found
  return (
    <>
      {devices.length > 0 && (
        <PaletteGroup heading="Devices">
          {devices.map((device) => (
            <PaletteEntry
              key={device.uuid}
              value={`device ${device.uuid}`}
              keywords={[props.text]}
              onSelect={go(`/devices/${device.uuid}`)}
            >
              <FoundDeviceLines device={device} />
            </PaletteEntry>
          ))}
          {isMore && (
            <PaletteEntry
              value={`all devices ${props.text}`}
              keywords={[props.text]}
              icon={<ListFilter aria-hidden />}
              onSelect={go(`/devices?q=${encodeURIComponent(props.text.trim())}`)}
            >
              More match: look in the list of devices
            </PaletteEntry>
          )}
        </PaletteGroup>
      )}
      {releases.length > 0 && (
        <PaletteGroup heading="Releases">
          {releases.map((release) => (
            <PaletteEntry
              key={release.id}
              value={`release ${release.id}`}
              keywords={[props.text]}
              icon={<Package aria-hidden />}
              hint={release.fleetName}
              onSelect={go(`/releases/${release.id}`)}
            >
              {release.semver}
            </PaletteEntry>
          ))}
        </PaletteGroup>
      )}
    </>
  )
}

/** What is there without a search: fleets, pages and themes. */
function Fixed({ onClose }: PartProps) {
  const go = useGo(onClose)
  const fleets = useQuery(paletteQueries.fleets(useQueryClient()))
  const mayAudit = useMay('release-manager')
  const choose = (theme: Parameters<typeof setTheme>[0]) => () => {
    onClose()
    setTheme(theme)
  }
  return (
    <>
      {fleets.data && fleets.data.fleets.length > 0 && (
        <PaletteGroup heading="Fleets">
          {fleets.data.fleets.map((fleet) => (
            <PaletteEntry
              key={fleet.id}
              value={`fleet ${fleet.name}`}
              icon={<Boxes aria-hidden />}
              hint={formatNoun(fleet.devices.total, 'device')}
              onSelect={go(`/fleets/${fleet.id}`)}
            >
              {fleet.name}
            </PaletteEntry>
          ))}
        </PaletteGroup>
      )}
      <PaletteGroup heading="Go to">
        {destinations
          .filter((destination) => destination.needs === 'viewer' || mayAudit)
          .map(({ to, label, icon: Icon }) => (
            <PaletteEntry key={to} value={`go to ${label}`} icon={<Icon aria-hidden />} onSelect={go(to)}>
              {label}
            </PaletteEntry>
          ))}
      </PaletteGroup>
      <PaletteGroup heading="Theme">
        <PaletteEntry value="light theme" icon={<Sun aria-hidden />} onSelect={choose('light')}>
          Light theme
        </PaletteEntry>
        <PaletteEntry value="dark theme" icon={<Moon aria-hidden />} onSelect={choose('dark')}>
          Dark theme
        </PaletteEntry>
        <PaletteEntry value="theme as the system" icon={<Monitor aria-hidden />} onSelect={choose('system')}>
          Theme as the system
        </PaletteEntry>
      </PaletteGroup>
    </>
  )
}

function useGo(onClose: () => void) {
  const navigate = useNavigate()
  return (to: string) => () => {
    onClose()
    void navigate(to)
  }
}
