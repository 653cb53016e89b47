import { Button } from '@/ui/button'
import { CopyButton } from '@/ui/copy-button'
import { Dialog } from '@/ui/dialog'
import { SecretBox } from '@/ui/secret-box'
import { curlSnippet, nodeSnippet } from './webhook-snippets'

type SecretDialogProps = { title: string; secret: string; url: string; onClose: () => void }

/** The key of the signature, this once, and how a receiver uses it. */
export function SecretDialog({ title, secret, url, onClose }: SecretDialogProps) {
  return (
    <Dialog
      title={title}
      size="lg"
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="space-y-4">
        <SecretBox label="Key of the signature" secret={secret}>
          It is shown only now. The receiver needs it to tell the gateway’s calls from anybody else’s.
        </SecretBox>
        <Snippet title="Check the signature in Node" code={nodeSnippet} />
        <Snippet title="Try the receiver with curl, with the key in SECRET" code={curlSnippet(url)} />
      </div>
    </Dialog>
  )
}

function Snippet({ title, code }: { title: string; code: string }) {
  return (
    <section aria-label={title}>
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-ink-soft text-[13px] font-medium">{title}</h3>
        <CopyButton text={code} label={`Copy: ${title.toLowerCase()}`} />
      </div>
      <pre className="border-line bg-sunken rounded-md border px-3 py-2 font-mono text-[12.5px] wrap-anywhere whitespace-pre-wrap">
        {code}
      </pre>
    </section>
  )
}
