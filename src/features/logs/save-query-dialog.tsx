import { useState } from 'react'
import type { SavedLogQuery, SavedLogSearch } from '#contract/log-search'
import { ApiError } from '@/lib/api'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { Checkbox } from '@/ui/checkbox'
import { Dialog } from '@/ui/dialog'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { useSaveQuery } from './saved.mutations'

type SaveQueryDialogProps = {
  search: SavedLogSearch
  /** The query that is given another name. */
  replaces?: SavedLogQuery
  onClose: () => void
}

/** Keeps a search under a name, or gives a kept one another. */
export function SaveQueryDialog({ search, replaces, onClose }: SaveQueryDialogProps) {
  const [name, setName] = useState(replaces?.name ?? '')
  const [isShared, setShared] = useState(replaces?.isShared ?? false)
  const mayShare = useMay('support')
  const save = useSaveQuery(onClose)
  const nameError =
    save.error instanceof ApiError ? save.error.fields.find((one) => one.field === 'name') : undefined
  const submit = () => save.mutate({ name, isShared, search, ...(replaces ? { replaces } : {}) })
  return (
    <Dialog
      title={replaces ? 'Rename the saved query' : 'Save this search'}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={save.isPending} disabled={name.trim() === ''} onClick={submit}>
            Save
          </Button>
        </>
      }
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') submit()
        }}
      >
        <Field
          label="Name"
          hint={replaces ? undefined : 'A query of yours with the same name is replaced.'}
          error={nameError && `The name ${nameError.reason}`}
        >
          {(field) => (
            <TextInput
              {...field}
              value={name}
              maxLength={80}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <label className="flex items-center gap-2">
          <Checkbox
            checked={isShared}
            disabled={!mayShare}
            onChange={(event) => setShared(event.currentTarget.checked)}
          />
          {mayShare ? 'Everybody sees it' : 'Everybody sees it (sharing needs the role support)'}
        </label>
        {!nameError && <ProblemNote error={save.error} />}
      </form>
    </Dialog>
  )
}
