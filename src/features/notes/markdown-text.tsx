import Markdown, { defaultUrlTransform, type Components } from 'react-markdown'

/** Nothing of a note may reach out by itself, look like the page or lead to the opener. */
const parts: Components = {
  // An address that leads nowhere safe is no link, so that nobody wonders why it does nothing.
  a: ({ href, children }) =>
    href === undefined || href === '' ? (
      <span>{children}</span>
    ) : (
      <a
        href={href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="text-accent-ink break-all underline"
      >
        {children}
      </a>
    ),
  // A picture would be fetched from wherever the note says: its words are shown instead.
  img: ({ alt, src }) => (
    <span className="text-ink-muted">[picture: {alt === undefined || alt === '' ? String(src) : alt}]</span>
  ),
  h1: ({ children }) => <p className="font-semibold">{children}</p>,
  h2: ({ children }) => <p className="font-semibold">{children}</p>,
  h3: ({ children }) => <p className="font-semibold">{children}</p>,
  h4: ({ children }) => <p className="font-semibold">{children}</p>,
  h5: ({ children }) => <p className="font-semibold">{children}</p>,
  h6: ({ children }) => <p className="font-semibold">{children}</p>,
  ul: ({ children }) => <ul className="list-disc space-y-0.5 pl-5">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="list-decimal space-y-0.5 pl-6">
      {children}
    </ol>
  ),
  pre: ({ children }) => (
    // A box that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre tabIndex={0} className="bg-sunken overflow-x-auto rounded p-2 font-mono text-[13px]">
      {children}
    </pre>
  ),
  code: ({ children }) => <code className="bg-sunken rounded px-0.5 font-mono text-[13px]">{children}</code>,
  blockquote: ({ children }) => (
    <blockquote className="border-line-strong text-ink-soft border-l-2 pl-3">{children}</blockquote>
  ),
}

/** Only what people follow knowingly; `javascript:`, `data:` and the like become no link. */
const safeUrl = (url: string) =>
  /^(https?:|mailto:|tel:|\/(?!\/)|#)/i.test(url) ? defaultUrlTransform(url) : ''

/** Markdown as elements: HTML in it is never markup. */
export function MarkdownText({ text }: { text: string }) {
  return (
    <div className="space-y-2 break-words">
      <Markdown components={parts} urlTransform={safeUrl}>
        {text}
      </Markdown>
    </div>
  )
}
