import { useState, type ReactNode } from 'react'
import { MAX_NOTE_LENGTH } from '#contract/device-note'
import { Button } from '@/ui/button'
import { TextArea } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { Segments } from '@/ui/segments'
import { NoteText } from './note-text'

type NoteFormProps = {
  label: string
  text: string
  saveLabel: string
  isPending: boolean
  error: unknown
  onChange: (text: string) => void
  onSave: () => void
  onCancel: () => void
  /** Said above the buttons. */
  children?: ReactNode
}

/** A note being written, with a look at how it will read. */
export function NoteForm(props: NoteFormProps) {
  const { label, text } = props
  const [view, setView] = useState<'write' | 'preview'>('write')
  return (
    <form
      className="space-y-2"
      onSubmit={(event) => {
        event.preventDefault()
        props.onSave()
      }}
    >
      <Segments
        label="Note view"
        options={[
          { value: 'write', label: 'Write' },
          { value: 'preview', label: 'Preview' },
        ]}
        value={view}
        onChange={setView}
      />
      {view === 'write' ? (
        <TextArea
          aria-label={label}
          rows={6}
          maxLength={MAX_NOTE_LENGTH}
          value={text}
          placeholder="Where it stands, whom to call, what was tried…"
          onChange={(event) => props.onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) props.onSave()
          }}
        />
      ) : (
        <div className="border-line min-h-24 rounded-md border p-2">
          {text.trim() === '' ? (
            <p className="text-ink-muted">Nothing to preview.</p>
          ) : (
            <NoteText text={text} />
          )}
        </div>
      )}
      <p className="text-ink-muted text-[13px]">
        Markdown: **bold**, lists, `code`, links. Who may see the device reads it.
      </p>
      <ProblemNote error={props.error} />
      {props.children}
      <div className="flex justify-end gap-2">
        <Button onClick={props.onCancel}>Cancel</Button>
        <Button variant="primary" type="submit" isPending={props.isPending} disabled={text.trim() === ''}>
          {props.saveLabel}
        </Button>
      </div>
    </form>
  )
}
