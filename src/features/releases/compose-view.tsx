import { Download } from 'lucide-react'
import { CopyButton } from '@/ui/copy-button'
import { IconButton } from '@/ui/icon-button'
import { Panel } from '@/ui/panel'

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/yaml' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** The compose file as it was given, with line numbers. */
export function ComposeView({ text, fileName }: { text: string; fileName: string }) {
  const lines = text.replace(/\n$/, '').split('\n')
  return (
    <Panel
      title="Compose file"
      isFlush
      actions={
        <span className="flex">
          <CopyButton text={text} label="Copy the compose file" />
          <IconButton
            label="Download the compose file"
            icon={<Download />}
            onClick={() => download(text, fileName)}
            className="size-7 [&_svg]:size-4"
          />
        </span>
      }
    >
      {/* A box that scrolls must be reachable by keyboard. */}
      <div
        role="region"
        aria-label="Compose file"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="max-h-[32rem] overflow-auto"
      >
        <ol className="w-max min-w-full py-2 font-mono text-[13px] leading-5">
          {lines.map((line, index) => (
            <li key={index} className="hover:bg-sunken/60 flex">
              <span
                aria-hidden
                className="text-ink-muted bg-panel sticky left-0 w-12 shrink-0 pr-3 text-right select-none"
              >
                {index + 1}
              </span>
              <code className="pr-4 whitespace-pre">{line === '' ? ' ' : line}</code>
            </li>
          ))}
        </ol>
      </div>
    </Panel>
  )
}
