import { useState } from 'react'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, TextInput } from '@/ui/field'
import { toast } from '@/ui/toast.store'
import { saveView, useSavedViews, type SavedView } from './saved-views.store'

/** Asks for the name of a view, and saves it in this browser. */
export function SaveViewDialog({
  fleetId,
  query,
  onClose,
}: Omit<SavedView, 'name'> & { onClose: () => void }) {
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
