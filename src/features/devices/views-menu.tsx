import { Bookmark, Link2, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, TextInput } from '@/ui/field'
import { Menu } from '@/ui/menu'
import type { MenuItem } from '@/ui/menu-item'
import { toast } from '@/ui/toast.store'
import { forgetView, saveView, useSavedViews, type SavedView } from './saved-views.store'

function SaveViewDialog({ fleetId, query, onClose }: Omit<SavedView, 'name'> & { onClose: () => void }) {
  const views = useSavedViews((state) => state.views)
  const [name, setName] = useState('')
  const exists = views.some((view) => view.name === name.trim() && view.fleetId === fleetId)
  const save = () => {
    if (name.trim() === '') return
    saveView({ name, fleetId, query })
    toast('ok', `View “${name.trim()}” saved in this browser`)
    onClose()
  }
  return (
    <Dialog
      title="Save this view"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={name.trim() === ''} onClick={save}>
            {exists ? 'Replace the view' : 'Save view'}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <Field
          label="Name"
          hint={
            exists
              ? 'A view of this name exists and will be replaced.'
              : 'Search, filters, order and columns are kept in this browser. To share them, copy the link.'
          }
        >
          {(field) => (
            <TextInput
              {...field}
              value={name}
              maxLength={60}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  )
}

/** Named views of this list, and the link to what is shown now. */
export function ViewsMenu({ fleetId }: { fleetId: number | null }) {
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const [isSaving, setSaving] = useState(false)
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
      {isSaving && <SaveViewDialog fleetId={fleetId} query={query} onClose={() => setSaving(false)} />}
    </>
  )
}
