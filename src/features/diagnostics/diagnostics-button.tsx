import { FileArchive } from 'lucide-react'
import type { DeviceDetail } from '#contract/device'
import { formatBytes } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { toast, toastFailure } from '@/ui/toast.store'
import { useDownloadDiagnostics } from './diagnostics.mutations'

const WHAT =
  'Facts, state, timeline, health, metrics and the last log lines of three days in one archive, secrets masked'

/** One click: everything for a bug report as a file. */
export function DiagnosticsButton({ device }: { device: Pick<DeviceDetail, 'uuid' | 'name'> }) {
  const mayDownload = useMay('support')
  const cannotAsk = useMissing('device-actions', 'collect-diagnostics')
  const download = useDownloadDiagnostics(device.uuid)
  if (!mayDownload) return null
  const start = () =>
    download.mutate(undefined, {
      onSuccess: (bytes) => toast('ok', `Diagnostics of ${device.name} saved: ${formatBytes(bytes)}`),
      onError: (error) => toastFailure(`No diagnostics of ${device.name}: `, error),
    })
  return (
    <>
      <Button
        isPending={download.isPending}
        icon={<FileArchive className="size-4" aria-hidden />}
        title={
          cannotAsk === null
            ? `${WHAT}; a device that can be reached adds what it tells of itself.`
            : `${WHAT}. ${cannotAsk}`
        }
        onClick={start}
      >
        Diagnostics
      </Button>
      <span role="status" className="sr-only">
        {!download.isPending
          ? ''
          : cannotAsk === null
            ? 'Collecting diagnostics; the device may need some seconds'
            : 'Collecting diagnostics'}
      </span>
    </>
  )
}
