import type { ComponentProps, Ref } from 'react'
import type { ComposeProblem } from '#contract/release'
import { cn } from '@/lib/cn'
import { worstByLine } from './compose-problems'

/** Height of a line and room above the first, as set by the classes below; in CSS px. */
export const LINE_PX = 20
const PADDING_PX = 8

type ComposeEditorProps = {
  value: string
  onChange: (value: string) => void
  problems: readonly ComposeProblem[]
  control: Pick<ComponentProps<'textarea'>, 'id' | 'aria-describedby' | 'aria-invalid'>
  textRef: Ref<HTMLTextAreaElement>
}

/** A plain text area with line numbers; lines that something is wrong with are marked there. */
export function ComposeEditor({ value, onChange, problems, control, textRef }: ComposeEditorProps) {
  const worst = worstByLine(problems)
  const count = value.split('\n').length
  return (
    <div
      data-editor-scroll
      className="border-line-strong/60 bg-panel has-[textarea:focus-visible]:outline-accent h-[26rem] resize-y overflow-auto rounded-md border has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:outline-offset-2"
    >
      <div className="flex min-h-full w-max min-w-full font-mono text-[13px] leading-5">
        <ol
          aria-hidden
          className="bg-sunken text-ink-muted border-line sticky left-0 z-10 w-12 shrink-0 border-r py-2 text-right select-none"
        >
          {Array.from({ length: count }, (_, index) => {
            const severity = worst.get(index + 1)
            return (
              <li
                key={index}
                className={cn(
                  'h-5 pr-2',
                  severity === 'error' && 'bg-critical-soft text-critical font-semibold',
                  severity === 'warning' && 'bg-attention-soft text-attention font-semibold',
                )}
              >
                {severity === 'error' ? '✕ ' : severity === 'warning' ? '! ' : ''}
                {index + 1}
              </li>
            )
          })}
        </ol>
        <div className="relative min-w-0 flex-1">
          {[...worst].map(([line, severity]) => (
            <div
              key={line}
              aria-hidden
              className={cn(
                'pointer-events-none absolute inset-x-0 h-5',
                severity === 'error' ? 'bg-critical-soft' : 'bg-attention-soft',
              )}
              style={{ top: PADDING_PX + (line - 1) * LINE_PX }}
            />
          ))}
          <textarea
            {...control}
            ref={textRef}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            rows={Math.max(count, 19)}
            wrap="off"
            spellCheck={false}
            autoCapitalize="off"
            autoCorrect="off"
            className="relative block field-sizing-content h-full min-h-full w-full resize-none overflow-hidden bg-transparent px-3 py-2 leading-5 whitespace-pre outline-none"
          />
        </div>
      </div>
    </div>
  )
}
