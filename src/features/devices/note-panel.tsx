import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { DeviceDetail } from '#contract/device'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { TextArea } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import { useUpdateDevice } from './devices.mutations'

/** What people should know about this device; shown as it was typed. */
export function NotePanel({ device }: { device: DeviceDetail }) {
  const mayEdit = useMay('support')
  const [draft, setDraft] = useState<string | null>(null)
  const update = useUpdateDevice(device.uuid)
  const save = () => {
    if (draft === null) return
    update.mutate(
      { note: draft },
      {
        onSuccess: () => {
          setDraft(null)
          toast('ok', 'Note saved')
        },
      },
    )
  }
  return (
    <Panel
      title="Note"
      actions={
        mayEdit &&
        draft === null && (
          <Button
            size="sm"
            icon={<Pencil className="size-3.5" aria-hidden />}
            onClick={() => setDraft(device.note)}
          >
            {device.note === '' ? 'Write a note' : 'Edit'}
          </Button>
        )
      }
    >
      {draft === null ? (
        device.note === '' ? (
          <p className="text-ink-muted">Nothing noted. A good place for where it stands and whom to call.</p>
        ) : (
          <p className="max-h-72 overflow-y-auto break-words whitespace-pre-wrap">{device.note}</p>
        )
      ) : (
        <div className="space-y-2">
          <TextArea
            aria-label="Note"
            rows={6}
            maxLength={20_000}
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
          />
          <ProblemNote error={update.error} />
          <div className="flex justify-end gap-2">
            <Button
              onClick={() => {
                setDraft(null)
                update.reset()
              }}
            >
              Cancel
            </Button>
            <Button variant="primary" isPending={update.isPending} onClick={save}>
              Save note
            </Button>
          </div>
        </div>
      )}
    </Panel>
  )
}
