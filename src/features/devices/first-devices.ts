import type { QueryClient } from '@tanstack/react-query'
import { parseSearch } from '@/lib/search-state'
import { deviceListSearch, filterOf } from './device-list-search'
import { deviceQueries } from './devices.queries'

const noop = () => undefined

/**
 * Asks for what a list of devices shows first, as an address wants it; what is here already is not waited for. Resolves
 * when the rows are there or could not be had: a failure shows where they are used.
 */
export async function askFirstDevices(client: QueryClient, params: URLSearchParams): Promise<void> {
  const search = parseSearch(deviceListSearch, params)
  const filter = filterOf(search)
  const list = deviceQueries.block(filter, search.sort, search.direction, 0)
  const isHere = client.getQueryData(list.queryKey) !== undefined
  const rows = client.query(list).catch(noop)
  void client.query(deviceQueries.facets(filter)).catch(noop)
  void client.query(deviceQueries.fleets()).catch(noop)
  if (!isHere) await rows
}
