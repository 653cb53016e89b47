import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'

/** In place of the command palette when its part of the app could not be loaded. */
export function PaletteMissing({ onClose }: { onClose: () => void }) {
  return (
    <Dialog
      title="The search could not be loaded"
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={() => location.reload()}>
          Load again
        </Button>
      }
    >
      Wheelhouse was updated since this page was opened, or the gateway cannot be reached.
    </Dialog>
  )
}
