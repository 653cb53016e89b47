import { useQuery } from '@tanstack/react-query'
import { deviceSearchQuery } from '@/domain/device-search.queries'
import { useSettled } from '@/lib/use-settled'
import { paletteQueries } from './palette.queries'

const MIN_SEARCH_LENGTH = 2
const DEVICES_SHOWN = 8
const TYPING_PAUSE_MS = 150

/** Devices and releases of the gateway that match what is typed, after a pause in typing. */
export function usePaletteSearch(text: string) {
  const typed = text.trim()
  const q = useSettled(typed, TYPING_PAUSE_MS)
  const isSearching = typed.length >= MIN_SEARCH_LENGTH
  const enabled = q.length >= MIN_SEARCH_LENGTH
  const devices = useQuery({ ...deviceSearchQuery(q, DEVICES_SHOWN), enabled })
  const releases = useQuery({ ...paletteQueries.releases(q), enabled })
  return {
    devices: isSearching ? (devices.data?.devices ?? []) : [],
    isMore: isSearching && devices.data?.isMore === true,
    releases: isSearching ? (releases.data?.rows ?? []) : [],
    isFetching: isSearching && (q !== typed || devices.isFetching || releases.isFetching),
    error: isSearching ? (devices.error ?? releases.error) : null,
  }
}
