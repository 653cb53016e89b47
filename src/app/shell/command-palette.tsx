import { Command } from 'cmdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Boxes, ListFilter, LoaderCircle, Monitor, Moon, Package, Sun } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { FoundDeviceLines } from '@/domain/found-device'
import { formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { Modal } from '@/ui/modal'
import { setTheme } from '../theme.store'
import { destinations } from './navigation'
import { PaletteEntry, PaletteGroup } from './palette-entry'
import { paletteQueries } from './palette.queries'
import { usePaletteSearch } from './use-palette-search'

/** Ctrl/Cmd-K: go anywhere, find a device by what is known of it, a release or fleet by name. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const found = usePaletteSearch(text)
  return (
    <Modal
      name={{ label: 'Find anything' }}
      onClose={onClose}
      className="mx-auto mt-[10dvh] mb-auto w-[calc(100vw-2rem)] max-w-xl rounded-xl border"
    >
      <Command label="Find anything" loop>
        <div className="border-line flex items-center border-b pr-3">
          <Command.Input
            value={text}
            onValueChange={setText}
            placeholder="Name, tag, IP, MAC, serial, fleet, release, page…"
            className="placeholder:text-ink-muted h-12 min-w-0 flex-1 bg-transparent px-4 text-base outline-none"
          />
          {found.isFetching && <LoaderCircle className="text-ink-muted size-4 animate-spin" aria-hidden />}
        </div>
        <Command.List className="h-[min(26rem,60dvh)] overflow-y-auto p-1.5">
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
    </Modal>
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
