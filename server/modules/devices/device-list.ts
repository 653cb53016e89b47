import type { DeviceFacets, DeviceFilter, DeviceListQuery } from '#contract/device'
import type { Within } from '../../platform/within.ts'

/** Where a page ended: the key it is ordered by (null: by name alone), then name and id. */
type Edge = { key: string | number | null; name: string; id: number }

/** Which devices a list shows and in which order: it knows everything that was committed before it is asked. */
export type DeviceList = {
  page: (
    query: Within<DeviceListQuery>,
    after: Edge | null,
  ) => Promise<{ ids: number[]; total: number; next: Edge | null }>
  /** How many devices match, and which of `among` do. */
  match: (
    filter: Within<DeviceFilter>,
    among: readonly number[],
  ) => Promise<{ total: number; matching: ReadonlySet<number> }>
  facets: (filter: Within<DeviceFilter>) => Promise<DeviceFacets>
}
