import { useState } from 'react'
import type { ReleaseDetail } from '#contract/release'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { TextArea } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import { useUpdateRelease } from './releases.mutations'

/** What is written about the release; plain text. */
export function ReleaseNotes({ release }: { release: ReleaseDetail }) {
  const [draft, setDraft] = useState<string | null>(null)
  const canEdit = useMissing('create-releases') === null
  const mayEdit = useMay('release-manager') && canEdit
  const update = useUpdateRelease(release.id)
  const save = () =>
    update.mutate(
      { notes: draft ?? '' },
      {
        onSuccess: () => {
          setDraft(null)
          toast('ok', 'Notes saved.')
        },
      },
    )
  return (
    <Panel
      title="Notes"
      actions={
        mayEdit && draft === null ? (
          <Button size="sm" onClick={() => setDraft(release.notes)}>
            {release.notes === '' ? 'Write notes' : 'Edit'}
          </Button>
        ) : undefined
      }
    >
      {draft === null ? (
        release.notes === '' ? (
          <p className="text-ink-muted">No notes.</p>
        ) : (
          <p className="max-w-prose break-words whitespace-pre-wrap">{release.notes}</p>
        )
      ) : (
        <div className="space-y-3">
          <TextArea
            aria-label="Notes"
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
            <Button
              variant="primary"
              isPending={update.isPending}
              disabled={draft === release.notes}
              onClick={save}
            >
              Save notes
            </Button>
          </div>
        </div>
      )}
    </Panel>
  )
}
