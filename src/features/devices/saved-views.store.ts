import { z } from 'zod'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'

const MAX_NAME_LENGTH = 60
const MAX_VIEWS = 100

/** A named URL query of a device list. `fleetId`: of that fleet's page; null: of the list of all devices. */
const savedView = z.object({
  name: z.string().min(1).max(MAX_NAME_LENGTH),
  fleetId: z.int().positive().nullable(),
  query: z.string().max(4000),
})
export type SavedView = z.infer<typeof savedView>
const stored = z.object({ views: z.array(savedView).max(MAX_VIEWS) })

/** Views this browser remembers. What does not read as views (an older version, a hand) is left out. */
export const useSavedViews = create<{ views: SavedView[] }>()(
  persist(() => ({ views: [] as SavedView[] }), {
    name: 'wheelhouse-device-views',
    merge: (persisted, current) => {
      const parsed = stored.safeParse(persisted)
      return parsed.success ? parsed.data : current
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
