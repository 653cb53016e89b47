import { Pencil, Plus, X } from 'lucide-react'
import { useState } from 'react'
import type { DeviceDetail } from '#contract/device'
import { bulkOperation } from '#contract/device'
import { SourceNote } from '@/domain/source-note'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, TextInput } from '@/ui/field'
import { IconButton } from '@/ui/icon-button'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import { useDeleteTag, useSetTag } from './devices.mutations'

type Editing = { key: string; value: string; isNew: boolean }

function TagDialog({ uuid, start, onClose }: { uuid: string; start: Editing; onClose: () => void }) {
  const [key, setKey] = useState(start.key)
  const [value, setValue] = useState(start.value)
  const set = useSetTag(uuid)
  const checked = bulkOperation.safeParse({ kind: 'tag', key: key.trim(), value })
  const keyError = checked.success
    ? undefined
    : checked.error.issues.find((issue) => issue.path.includes('key'))
  const save = () => {
    if (!checked.success) return
    set.mutate(
      { key: key.trim(), value },
      {
        onSuccess: () => {
          toast('ok', `Tag ${key.trim()} saved`)
          onClose()
        },
      },
    )
  }
  return (
    <Dialog
      title={start.isNew ? 'Add a tag' : `Change the tag ${start.key}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!checked.success} isPending={set.isPending} onClick={save}>
            Save tag
          </Button>
        </>
      }
    >
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        {start.isNew && (
          <Field label="Tag" error={key === '' ? undefined : keyError?.message}>
            {(field) => (
              <TextInput
                {...field}
                value={key}
                autoComplete="off"
                onChange={(event) => setKey(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label="Value" hint="May be empty.">
          {(field) => (
            <TextInput
              {...field}
              value={value}
              maxLength={255}
              autoComplete="off"
              onChange={(event) => setValue(event.target.value)}
            />
          )}
        </Field>
        <ProblemNote error={set.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}

/** Labels people gave the device; apart from them, read only, what the device tells of itself by tags. */
export function TagsPanel({ device }: { device: DeviceDetail }) {
  const canEdit = useMissing('edit-tags') === null
  const mayEdit = useMay('support') && canEdit
  const [editing, setEditing] = useState<Editing | null>(null)
  const remove = useDeleteTag(device.uuid)
  const tags = Object.entries(device.tags).sort(([a], [b]) => a.localeCompare(b))
  const facts = Object.entries(device.facts).sort(([a], [b]) => a.localeCompare(b))
  return (
    <Panel
      title="Tags"
      actions={
        mayEdit && (
          <Button
            size="sm"
            icon={<Plus className="size-4" aria-hidden />}
            onClick={() => setEditing({ key: '', value: '', isNew: true })}
          >
            Add tag
          </Button>
        )
      }
    >
      {tags.length === 0 ? (
        <p className="text-ink-muted">
          No tags. They are free labels, such as a site or a customer, to find and select devices by.
        </p>
      ) : (
        <ul className="space-y-0.5">
          {tags.map(([key, value]) => (
            <li key={key} className="flex min-h-8 items-center gap-1">
              <span className="min-w-0 flex-1 break-words">
                <span className="font-medium">{key}</span>
                {value !== '' && <>: {value}</>}
              </span>
              {mayEdit && (
                <>
                  <IconButton
                    label={`Change the tag ${key}`}
                    icon={<Pencil />}
                    className="size-8 [&_svg]:size-4"
                    onClick={() => setEditing({ key, value, isNew: false })}
                  />
                  <IconButton
                    label={`Remove the tag ${key}`}
                    icon={<X />}
                    className="size-8 [&_svg]:size-4"
                    disabled={remove.isPending}
                    onClick={() => remove.mutate(key, { onSuccess: () => toast('ok', `Tag ${key} removed`) })}
                  />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <SourceNote needs="edit-tags" className="mt-2" />
      <ProblemNote error={remove.error} />
      {facts.length > 0 && (
        <details className="mt-3">
          <summary className="text-ink-muted cursor-pointer text-[13px]">
            Told by the device itself ({facts.length})
          </summary>
          <ul className="text-ink-soft mt-1.5 space-y-0.5 text-[13px]">
            {facts.map(([key, value]) => (
              <li key={key} className="flex flex-wrap gap-x-2">
                <span className="font-mono break-all">{key}</span>
                <span className="text-ink-muted min-w-0 break-all">{value === '' ? '(empty)' : value}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {editing && <TagDialog uuid={device.uuid} start={editing} onClose={() => setEditing(null)} />}
    </Panel>
  )
}
