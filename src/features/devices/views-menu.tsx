import { Bookmark, Link2, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { createPart, usePart } from '@/lib/part'
import { Button } from '@/ui/button'
import { PART_MISSING } from '@/ui/hanging'
import { Menu } from '@/ui/menu'
import type { MenuItem } from '@/ui/menu-item'
import { toast } from '@/ui/toast.store'
import { forgetView, useSavedViews } from './saved-views.store'

/** Fetched when the first view is about to be saved. */
const savePart = createPart(() => import('./save-view-dialog'))

/** Named views of this list, and the link to what is shown now. */
export function ViewsMenu({ fleetId }: { fleetId: number | null }) {
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const [isSaving, setSaving] = useState(false)
  const save = usePart(savePart, isSaving, () => {
    setSaving(false)
    toast('critical', PART_MISSING)
  })
  const all = useSavedViews((state) => state.views)
  const views = all.filter((view) => view.fleetId === fleetId)
  const query = params.toString()
  const current = views.find((view) => view.query === query)
  const copyLink = () => {
    navigator.clipboard.writeText(location.href).then(
      () => toast('ok', 'Link copied: it shows this list to whoever opens it'),
      () =>
        toast('critical', 'The browser does not allow copying here; copy the address from its address bar.'),
    )
  }
  const items: MenuItem[] = [
    ...views.map((view) => ({
      label: view.name,
      icon: <Bookmark className={view === current ? 'fill-current' : ''} aria-hidden />,
      onSelect: () => void navigate({ search: view.query }),
    })),
    ...(views.length > 0 ? (['separator'] as const) : []),
    { label: 'Save this view…', icon: <Plus aria-hidden />, onSelect: () => setSaving(true) },
    { label: 'Copy link', icon: <Link2 aria-hidden />, onSelect: copyLink },
    ...(current === undefined
      ? []
      : [
          {
            label: `Forget “${current.name}”`,
            icon: <Trash2 aria-hidden />,
            onSelect: () => forgetView(current),
            isDangerous: true,
          },
        ]),
  ]
  return (
    <>
      <Menu
        label="Views"
        items={items}
        trigger={
          <Button icon={<Bookmark className="size-4" aria-hidden />}>
            <span className="max-w-36 truncate">{current?.name ?? 'Views'}</span>
          </Button>
        }
      />
      {isSaving && save && (
        <save.SaveViewDialog fleetId={fleetId} query={query} onClose={() => setSaving(false)} />
      )}
    </>
  )
}
