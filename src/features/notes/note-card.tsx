import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { DeviceNote } from '#contract/device-note'
import { ApiError } from '@/lib/api'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { IconButton } from '@/ui/icon-button'
import { RelativeTime } from '@/ui/relative-time'
import { toast } from '@/ui/toast.store'
import { NoteForm } from './note-form'
import { NoteText } from './note-text'
import { useDeleteNote, useEditNote } from './notes.queries'

type NoteCardProps = { uuid: string; note: DeviceNote }

/** One note with its author; its own author and administrators may change it. */
export function NoteCard({ uuid, note }: NoteCardProps) {
  const maySupport = useMay('support')
  const isAdmin = useMay('admin')
  const mayChange = maySupport && (note.isOwn || isAdmin)
  const [task, setTask] = useState<'edit' | 'delete' | null>(null)
  return (
    <li className="border-line space-y-1.5 border-b px-4 py-3 last:border-b-0">
      <div className="text-ink-muted flex items-center gap-1 text-[13px]">
        <span className="min-w-0 flex-1">
          <bdi className="text-ink-soft font-medium">{note.author}</bdi>, <RelativeTime at={note.createdAt} />
          {note.editedAt !== null && (
            <>
              {' '}
              · edited{note.editedBy !== note.author && ` by ${note.editedBy ?? ''}`}{' '}
              <RelativeTime at={note.editedAt} />
            </>
          )}
        </span>
        {mayChange && task !== 'edit' && (
          <>
            <IconButton
              label={`Edit the note of ${note.author}`}
              icon={<Pencil />}
              onClick={() => setTask('edit')}
              className="size-7 [&_svg]:size-4"
            />
            <IconButton
              label={`Delete the note of ${note.author}`}
              icon={<Trash2 />}
              onClick={() => setTask('delete')}
              className="size-7 [&_svg]:size-4"
            />
          </>
        )}
      </div>
      {task === 'edit' ? (
        <EditNote uuid={uuid} note={note} onDone={() => setTask(null)} />
      ) : (
        <div className="max-h-72 overflow-y-auto">
          <NoteText text={note.body} />
        </div>
      )}
      {task === 'delete' && <DeleteNote uuid={uuid} note={note} onClose={() => setTask(null)} />}
    </li>
  )
}

const isConflict = (error: unknown) => error instanceof ApiError && error.status === 409

/** Keeps what was typed when somebody else was quicker, and shows theirs beside it. */
function EditNote({ uuid, note, onDone }: NoteCardProps & { onDone: () => void }) {
  const [text, setText] = useState(note.body)
  // What the edit began from; a newer one that arrives meanwhile must not be overwritten unseen.
  const [revision, setRevision] = useState(note.revision)
  const edit = useEditNote(uuid, note.id)
  const save = (from: number) =>
    edit.mutate(
      { body: text, revision: from },
      {
        onSuccess: () => {
          onDone()
          toast('ok', 'Note saved')
        },
      },
    )
  const isBehind = isConflict(edit.error) && note.revision !== revision
  return (
    <NoteForm
      label="Note"
      text={text}
      saveLabel="Save note"
      isPending={edit.isPending}
      error={edit.error}
      onChange={setText}
      onSave={() => save(revision)}
      onCancel={onDone}
    >
      {isBehind && (
        <div className="bg-sunken space-y-2 rounded-md p-2">
          <p className="text-[13px] font-medium">As it is stored now:</p>
          <div className="max-h-40 overflow-y-auto">
            <NoteText text={note.body} />
          </div>
          <div className="flex flex-wrap gap-2">
            <Button
              size="sm"
              onClick={() => {
                setText(note.body)
                setRevision(note.revision)
                edit.reset()
              }}
            >
              Take theirs
            </Button>
            <Button
              size="sm"
              onClick={() => {
                setRevision(note.revision)
                save(note.revision)
              }}
            >
              Replace it with mine
            </Button>
          </div>
        </div>
      )}
    </NoteForm>
  )
}

function DeleteNote({ uuid, note, onClose }: NoteCardProps & { onClose: () => void }) {
  const remove = useDeleteNote(uuid, note.id)
  return (
    <ConfirmDialog
      title="Delete this note?"
      confirmLabel="Delete note"
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose()
            toast('ok', 'Note deleted')
          },
        })
      }
      onClose={onClose}
    >
      <p>
        The note of <bdi>{note.author}</bdi> is gone for everybody; the audit log keeps its first line.
      </p>
    </ConfirmDialog>
  )
}
