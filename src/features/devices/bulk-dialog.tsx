import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { BulkKind } from '#contract/ability-needs'
import type { BulkOperation, BulkResult, DeviceSelection } from '#contract/device'
import { ApiError } from '@/lib/api'
import { formatCount, formatNoun } from '@/lib/format'
import { useSettled } from '@/lib/use-settled'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { ProblemNote } from '@/ui/problem-note'
import { Status } from '@/ui/status'
import { toast } from '@/ui/toast.store'
import { DEFAULT_OVERRIDE } from '@/domain/action-fields'
import { ActionForm, MoveForm, PinForm, TagForm, type BulkFormProps } from './bulk-forms'
import {
  bulkItems,
  confirmLabel,
  consequenceText,
  doneText,
  isDangerous,
  offlineText,
  wordToType,
} from './bulk-operations'
import { useApplyBulk } from './devices.mutations'
import { deviceQueries } from './devices.queries'

const TYPING_PAUSE_MS = 250

function startOf(kind: BulkKind): BulkOperation | null {
  if (kind === 'pin' || kind === 'tag' || kind === 'untag' || kind === 'move') return null
  if (kind === 'unpin') return { kind }
  return {
    kind: 'action',
    action: kind,
    force: false,
    ...(kind === 'override-lock' ? { overrideMinutes: DEFAULT_OVERRIDE } : {}),
  }
}

function BulkForm({ kind, ...props }: BulkFormProps & { kind: BulkKind }) {
  if (kind === 'pin') return <PinForm {...props} />
  if (kind === 'move') return <MoveForm {...props} />
  if (kind === 'tag' || kind === 'untag') return <TagForm {...props} hasValue={kind === 'tag'} />
  return null
}

function Preview({ operation, result }: { operation: BulkOperation; result: BulkResult }) {
  return (
    <div className="space-y-2">
      <p>
        <strong className="font-semibold">
          {result.applied === 0 ? 'No device' : formatNoun(result.applied, 'device')}
        </strong>{' '}
        of {formatCount(result.matched)} selected will be changed.{' '}
        {result.applied > 0 && consequenceText(operation)}
      </p>
      {result.offline > 0 && <Status tone="unknown">{offlineText(operation, result.offline)}</Status>}
      {result.refused.length > 0 && (
        <ul className="space-y-1">
          {result.refused.map((group) => (
            <li key={group.reason}>
              <Status tone="attention" className="items-start whitespace-normal">
                <span className="whitespace-normal">
                  {formatCount(group.count)} left out: {group.reason}
                  <span className="text-ink-muted">
                    {' '}
                    ({group.examples.join(', ')}
                    {group.count > group.examples.length ? ', …' : ''})
                  </span>
                </span>
              </Status>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

type BulkDialogProps = {
  kind: BulkKind
  selection: DeviceSelection
  fleetId: number | undefined
  onClose: () => void
  onDone: () => void
}

/** One operation on many devices: what to do, what that would mean by the gateway's own preview, then doing it. */
export function BulkDialog({ kind, selection, fleetId, onClose, onDone }: BulkDialogProps) {
  const [operation, setOperation] = useState<BulkOperation | null>(() => startOf(kind))
  const settled = useSettled(operation, TYPING_PAUSE_MS)
  const preview = useQuery(deviceQueries.bulkPreview(selection, settled))
  const apply = useApplyBulk()
  const title = bulkItems.find((item) => item.kind === kind)?.label.replace('…', '') ?? kind
  const isSettled = operation !== null && operation === settled
  const result = isSettled ? preview.data : undefined
  const hasChanged = apply.error instanceof ApiError && apply.error.problem?.code === 'selection-changed'
  const confirm = () => {
    if (operation === null || result === undefined) return
    apply.mutate(
      {
        operation,
        // What is confirmed is the number that was read here; when it moved meanwhile the gateway refuses.
        selection: selection.kind === 'filter' ? { ...selection, expectedCount: result.matched } : selection,
      },
      {
        onSuccess: (done) => {
          const progress =
            done.batchId === null ? undefined : { to: `/actions/${done.batchId}`, label: 'See progress' }
          toast('ok', doneText(operation, done), progress)
          onDone()
        },
      },
    )
  }
  const typed = operation === null ? undefined : wordToType(operation, result)
  return (
    <ConfirmDialog
      title={title}
      confirmLabel={operation === null ? title : confirmLabel(operation, result)}
      isDangerous={operation !== null && isDangerous(operation)}
      {...(typed === undefined ? {} : { typeToConfirm: typed })}
      isPending={apply.isPending}
      isBlocked={result === undefined || result.applied === 0}
      error={apply.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <BulkForm kind={kind} fleetId={fleetId} onChange={setOperation} />
      {operation?.kind === 'action' && <ActionForm operation={operation} onChange={setOperation} />}
      <div className="min-h-16" aria-live="polite">
        {operation === null ? (
          <p className="text-ink-muted">What this would do is shown here before anything is changed.</p>
        ) : result !== undefined ? (
          <Preview operation={operation} result={result} />
        ) : preview.isError && isSettled ? (
          <ProblemNote error={preview.error} />
        ) : (
          <p className="text-ink-muted">Looking at what this would do…</p>
        )}
      </div>
      {hasChanged && (
        <Button
          size="sm"
          onClick={() => {
            apply.reset()
            void preview.refetch()
          }}
        >
          Look again
        </Button>
      )}
    </ConfirmDialog>
  )
}
