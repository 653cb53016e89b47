import { lazy, Suspense } from 'react'
import { loadPart } from '@/lib/load-part'

const Plain = ({ text }: { text: string }) => <p className="break-words whitespace-pre-wrap">{text}</p>

const MarkdownText = lazy(() =>
  loadPart(() => import('./markdown-text')).then(
    (module) => ({ default: module.MarkdownText }),
    // A note can be read without its markup, too.
    () => ({ default: Plain }),
  ),
)

/** A note's text; as it was typed until the code that reads Markdown is here. */
export function NoteText({ text }: { text: string }) {
  return (
    <Suspense fallback={<Plain text={text} />}>
      <MarkdownText text={text} />
    </Suspense>
  )
}
