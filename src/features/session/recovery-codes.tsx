import { Copy, Download } from 'lucide-react'
import { Button, buttonClass } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { toast } from '@/ui/toast.store'

type RecoveryCodesProps = {
  codes: readonly string[]
  /** What has changed with them. */
  children: string
  onClose: () => void
}

/** Codes that open an account whose authenticator is lost, shown once. */
export function RecoveryCodes({ codes, children, onClose }: RecoveryCodesProps) {
  const text = codes.join('\n')
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast('ok', 'Recovery codes copied'),
      () => toast('critical', 'The browser does not allow copying here; download them or write them down.'),
    )
  return (
    <Dialog
      title="Keep your recovery codes"
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          I have kept them
        </Button>
      }
    >
      <div className="space-y-3">
        <p>{children} Each of these opens once when your authenticator is lost. They are shown only now.</p>
        <ol
          aria-label="Recovery codes"
          className="border-line bg-panel rounded-md border px-3 py-2 font-mono text-[12.5px] leading-6"
        >
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <div className="flex flex-wrap gap-2">
          <Button icon={<Copy className="size-4" aria-hidden />} onClick={() => void copy()}>
            Copy
          </Button>
          <a
            className={buttonClass()}
            href={`data:text/plain,${encodeURIComponent(`${text}\n`)}`}
            download="wheelhouse-recovery-codes.txt"
          >
            <Download className="size-4" aria-hidden />
            Download
          </a>
        </div>
      </div>
    </Dialog>
  )
}
