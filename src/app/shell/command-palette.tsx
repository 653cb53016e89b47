import { Command } from 'cmdk'
import { useQuery } from '@tanstack/react-query'
import { Cpu, Moon, Package, Sun } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { callApi } from '@/lib/api'
import { useMay } from '@/lib/permission'
import { setTheme } from '../theme.store'
import { destinations } from './navigation'

const MIN_SEARCH_LENGTH = 2
const FOUND_LIMIT = 6

function useFound(text: string) {
  const isSearching = text.trim().length >= MIN_SEARCH_LENGTH
  const q = text.trim()
  const devices = useQuery({
    queryKey: ['palette', 'devices', q],
    queryFn: ({ signal }) => callApi('listDevices', { query: { q, limit: FOUND_LIMIT }, signal }),
    enabled: isSearching,
  })
  const releases = useQuery({
    queryKey: ['palette', 'releases', q],
    queryFn: ({ signal }) => callApi('listReleases', { query: { q, limit: FOUND_LIMIT }, signal }),
    enabled: isSearching,
  })
  return {
    devices: isSearching ? (devices.data?.rows ?? []) : [],
    releases: isSearching ? (releases.data?.rows ?? []) : [],
    isFetching: devices.isFetching || releases.isFetching,
    error: devices.error ?? releases.error,
  }
}

type EntryProps = { value: string; keywords?: string[]; icon: ReactNode; hint?: string; onSelect: () => void }
function Entry({
  value,
  keywords = [],
  icon,
  hint,
  onSelect,
  children,
}: EntryProps & { children: ReactNode }) {
  return (
    <Command.Item
      value={value}
      keywords={keywords}
      onSelect={onSelect}
      className="data-[selected=true]:bg-accent-soft [&_svg]:text-ink-muted flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-2 [&_svg]:size-4"
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {hint !== undefined && <span className="text-ink-muted text-[13px]">{hint}</span>}
    </Command.Item>
  )
}

/** Ctrl/Cmd-K: go anywhere, find a device, release or fleet by name. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const navigate = useNavigate()
  const mayAudit = useMay('release-manager')
  const fleets = useQuery({
    queryKey: ['palette', 'fleets'],
    queryFn: ({ signal }) => callApi('listFleets', { signal }),
    staleTime: 30_000,
  })
  const found = useFound(text)
  useEffect(() => {
    const dialog = ref.current
    if (dialog && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])
  const run = (act: () => void) => () => {
    onClose()
    act()
  }
  const go = (to: string) => run(() => void navigate(to))
  const heading =
    '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-ink-muted'
  return (
    // A click on the backdrop is a click on the dialog itself; the keyboard's way out is Escape.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={ref}
      aria-label="Find anything"
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className="border-line bg-raised text-ink shadow-pop mx-auto mt-[12dvh] w-[calc(100vw-2rem)] max-w-xl rounded-xl border p-0 backdrop:bg-black/45"
    >
      <Command label="Find anything" loop>
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder="A device, fleet, release or page…"
          className="border-line placeholder:text-ink-muted h-12 w-full border-b bg-transparent px-4 text-base outline-none"
        />
        <Command.List className="max-h-[55dvh] overflow-y-auto p-1.5">
          <Command.Empty className="text-ink-muted px-2.5 py-6 text-center">
            {found.isFetching ? 'Searching…' : (found.error?.message ?? 'Nothing is called that.')}
          </Command.Empty>
          {found.devices.length > 0 && (
            <Command.Group heading="Devices" className={heading}>
              {found.devices.map((device) => (
                <Entry
                  key={device.uuid}
                  value={`device ${device.uuid}`}
                  keywords={[text]}
                  icon={<Cpu aria-hidden />}
                  hint={device.fleetName}
                  onSelect={go(`/devices/${device.uuid}`)}
                >
                  {device.name}
                </Entry>
              ))}
            </Command.Group>
          )}
          {found.releases.length > 0 && (
            <Command.Group heading="Releases" className={heading}>
              {found.releases.map((release) => (
                <Entry
                  key={release.id}
                  value={`release ${release.id}`}
                  keywords={[text]}
                  icon={<Package aria-hidden />}
                  hint={release.fleetName}
                  onSelect={go(`/releases/${release.id}`)}
                >
                  {release.semver}
                </Entry>
              ))}
            </Command.Group>
          )}
          <Command.Group heading="Fleets" className={heading}>
            {(fleets.data?.fleets ?? []).map((fleet) => (
              <Entry
                key={fleet.id}
                value={`fleet ${fleet.name}`}
                icon={<Package aria-hidden />}
                onSelect={go(`/fleets/${fleet.id}`)}
              >
                {fleet.name}
              </Entry>
            ))}
          </Command.Group>
          <Command.Group heading="Go to" className={heading}>
            {destinations
              .filter((destination) => destination.needs === 'viewer' || mayAudit)
              .map(({ to, label, icon: Icon }) => (
                <Entry key={to} value={`go to ${label}`} icon={<Icon aria-hidden />} onSelect={go(to)}>
                  {label}
                </Entry>
              ))}
          </Command.Group>
          <Command.Group heading="Theme" className={heading}>
            <Entry value="light theme" icon={<Sun aria-hidden />} onSelect={run(() => setTheme('light'))}>
              Light theme
            </Entry>
            <Entry value="dark theme" icon={<Moon aria-hidden />} onSelect={run(() => setTheme('dark'))}>
              Dark theme
            </Entry>
          </Command.Group>
        </Command.List>
      </Command>
    </dialog>
  )
}
