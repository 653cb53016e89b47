import { useQuery } from '@tanstack/react-query'
import { PenLine } from 'lucide-react'
import { useState } from 'react'
import type { DeviceDetail } from '#contract/device'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { toast } from '@/ui/toast.store'
import { NoteCard } from './note-card'
import { NoteForm } from './note-form'
import { notesQuery, useCreateNote } from './notes.queries'

/** What people should know about this device, newest first. */
export function NotesPanel({ device }: { device: Pick<DeviceDetail, 'uuid' | 'notesChangedAt'> }) {
  const query = useQuery(notesQuery(device.uuid, device.notesChangedAt))
  const mayWrite = useMay('support')
  const [draft, setDraft] = useState<string | null>(null)
  const create = useCreateNote(device.uuid)
  const cancel = () => {
    setDraft(null)
    create.reset()
  }
  const save = () => {
    if (draft === null || draft.trim() === '' || create.isPending) return
    create.mutate(draft, {
      onSuccess: () => {
        setDraft(null)
        toast('ok', 'Note saved')
      },
    })
  }
  return (
    <Panel
      title="Notes"
      isFlush
      actions={
        mayWrite &&
        draft === null && (
          <Button size="sm" icon={<PenLine className="size-3.5" aria-hidden />} onClick={() => setDraft('')}>
            Write a note
          </Button>
        )
      }
    >
      {draft !== null && (
        <div className="border-line border-b px-4 py-3">
          <NoteForm
            label="New note"
            text={draft}
            saveLabel="Save note"
            isPending={create.isPending}
            error={create.error}
            onChange={setDraft}
            onSave={save}
            onCancel={cancel}
          />
        </div>
      )}
      <QueryView query={query} what="notes">
        {({ notes }) =>
          notes.length === 0 ? (
            draft === null && (
              <p className="text-ink-muted px-4 py-3">
                Nothing noted. A good place for where it stands, whom to call and what was tried.
              </p>
            )
          ) : (
            <ul aria-label="Notes">
              {notes.map((note) => (
                <NoteCard key={note.id} uuid={device.uuid} note={note} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  )
}
