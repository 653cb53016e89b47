import { create } from 'zustand'
import { persist } from 'zustand/middleware'

const MAX_NAME_LENGTH = 60
const MAX_VIEWS = 100
const MAX_QUERY_LENGTH = 4000

/** A named URL query of a device list. `fleetId`: of that fleet's page; null: of the list of all devices. */
export type SavedView = { name: string; fleetId: number | null; query: string }

const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length <= max
const isFleetId = (value: unknown): value is number | null =>
  value === null || (Number.isSafeInteger(value) && Number(value) > 0)

function readView(stored: unknown): SavedView | null {
  if (typeof stored !== 'object' || stored === null) return null
  const { name, fleetId, query } = stored as Record<string, unknown>
  return isText(name, MAX_NAME_LENGTH) && name !== '' && isFleetId(fleetId) && isText(query, MAX_QUERY_LENGTH)
    ? { name, fleetId, query }
    : null
}

/** What a browser has stored as views, or null when any part of it does not read as that. */
export function readViews(stored: unknown): SavedView[] | null {
  const views: unknown = typeof stored === 'object' && stored !== null ? Reflect.get(stored, 'views') : null
  if (!Array.isArray(views) || views.length > MAX_VIEWS) return null
  const read = views.map(readView)
  return read.every((view) => view !== null) ? read : null
}

/** Views this browser remembers. What does not read as views (an older version, a hand) is left out. */
export const useSavedViews = create<{ views: SavedView[] }>()(
  persist(() => ({ views: [] as SavedView[] }), {
    name: 'wheelhouse-device-views',
    merge: (persisted, current) => {
      const views = readViews(persisted)
      return views === null ? current : { views }
    },
  }),
)

const isSame = (a: SavedView, b: SavedView) => a.name === b.name && a.fleetId === b.fleetId

/** Remembers a view; one of the same name in the same list gives way. */
export function saveView(view: SavedView): void {
  const clean = { ...view, name: view.name.trim().slice(0, MAX_NAME_LENGTH) }
  useSavedViews.setState(({ views }) => ({
    views: [...views.filter((other) => !isSame(other, clean)), clean]
      .sort((a, b) => a.name.localeCompare(b.name))
      .slice(0, MAX_VIEWS),
  }))
}

export function forgetView(view: SavedView): void {
  useSavedViews.setState(({ views }) => ({ views: views.filter((other) => !isSame(other, view)) }))
}
