import { Upload } from 'lucide-react'
import { useId, useRef, type RefObject } from 'react'
import type { ComposeProblem } from '#contract/release'
import { Button } from '@/ui/button'
import { Panel } from '@/ui/panel'
import { toast } from '@/ui/toast.store'
import { ComposeEditor, LINE_PX } from './compose-editor'
import { ComposeProblemList } from './compose-problem-list'
import { offsetOf } from './compose-problems'

const MAX_BYTES = 262_144
/** Lines left in sight above the one that is jumped to. */
const LINES_ABOVE = 3

type ComposePanelProps = {
  value: string
  onChange: (text: string) => void
  problems: readonly ComposeProblem[]
  state: 'empty' | 'checking' | 'checked' | 'failed'
  failure?: string | undefined
  error?: string | undefined
  textRef: RefObject<HTMLTextAreaElement | null>
}

/** Where a compose file is pasted, dropped or uploaded, with what is wrong with it. */
export function ComposePanel(props: ComposePanelProps) {
  const { value, onChange, problems, state, failure, error, textRef } = props
  const id = useId()
  const file = useRef<HTMLInputElement>(null)
  const read = (chosen: File | undefined) => {
    if (!chosen) return
    if (chosen.size > MAX_BYTES) {
      toast('critical', `${chosen.name} is larger than 256 KiB; that is no compose file a device can run.`)
      return
    }
    chosen.text().then(onChange, () => toast('critical', `${chosen.name} could not be read.`))
  }
  const jump = (problem: ComposeProblem) => {
    const text = textRef.current
    if (!text) return
    const at = offsetOf(value, problem.line, problem.column)
    text.focus()
    text.setSelectionRange(at, at)
    // The text area is as tall as its text, so the box around it must be scrolled to the line.
    const box = text.closest('[data-editor-scroll]')
    if (box) box.scrollTop = Math.max(0, (problem.line - LINES_ABOVE - 1) * LINE_PX)
  }
  return (
    <Panel
      title={<label htmlFor={id}>docker-compose.yml</label>}
      label="Compose file"
      actions={
        <>
          <input
            ref={file}
            type="file"
            accept=".yml,.yaml,text/yaml"
            aria-label="Upload a compose file"
            className="sr-only"
            tabIndex={-1}
            onChange={(event) => {
              read(event.target.files?.[0])
              event.target.value = ''
            }}
          />
          <Button
            size="sm"
            icon={<Upload className="size-4" aria-hidden />}
            onClick={() => file.current?.click()}
          >
            Upload a file
          </Button>
        </>
      }
    >
      <div
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          const dropped = event.dataTransfer.files[0]
          if (!dropped) return
          event.preventDefault()
          read(dropped)
        }}
      >
        <ComposeEditor
          value={value}
          onChange={onChange}
          problems={problems}
          textRef={textRef}
          control={{
            id,
            'aria-describedby': `${id}-problems`,
            'aria-invalid': problems.some((problem) => problem.severity === 'error'),
          }}
        />
      </div>
      <div id={`${id}-problems`} className="mt-2">
        {error !== undefined && <p className="text-critical mb-1 text-[13px]">{error}</p>}
        <ComposeProblemList problems={problems} state={state} failure={failure} onJump={jump} />
      </div>
    </Panel>
  )
}
