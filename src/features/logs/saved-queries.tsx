import { useQuery } from '@tanstack/react-query'
import { Bookmark, ChevronDown, Pencil, Plus, Trash2, Users } from 'lucide-react'
import { useState } from 'react'
import type { SavedLogQuery, SavedLogSearch } from '#contract/log-search'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { IconButton } from '@/ui/icon-button'
import { PopoverPanel } from '@/ui/popover-panel'
import { QueryView } from '@/ui/query-view'
import { logQueries } from './logs.queries'
import { SaveQueryDialog } from './save-query-dialog'
import { useDeleteQuery } from './saved.mutations'

type SavedQueriesProps = {
  /** What would be saved now. */
  current: SavedLogSearch
  onApply: (search: SavedLogSearch) => void
}
type Open = { kind: 'save' } | { kind: 'rename' | 'delete'; query: SavedLogQuery } | null

/** Searches kept under a name: one's own and the shared ones. */
export function SavedQueries({ current, onApply }: SavedQueriesProps) {
  const [isOpen, setOpen] = useState(false)
  const [dialog, setDialog] = useState<Open>(null)
  const close = () => setDialog(null)
  const ask = (next: Open) => {
    setOpen(false)
    setDialog(next)
  }
  return (
    <>
      <PopoverPanel
        label="Saved queries"
        isOpen={isOpen}
        onOpenChange={setOpen}
        trigger={
          <Button icon={<Bookmark className="size-4" aria-hidden />}>
            Saved
            <ChevronDown className="text-ink-muted size-4" aria-hidden />
          </Button>
        }
      >
        <SavedList
          onAsk={ask}
          onApply={(search) => {
            setOpen(false)
            onApply(search)
          }}
        />
        <div className="border-line border-t p-2">
          <Button
            variant="ghost"
            className="w-full justify-start"
            icon={<Plus className="size-4" aria-hidden />}
            onClick={() => ask({ kind: 'save' })}
          >
            Save this search…
          </Button>
        </div>
      </PopoverPanel>
      {dialog?.kind === 'save' && <SaveQueryDialog search={current} onClose={close} />}
      {dialog?.kind === 'rename' && (
        <SaveQueryDialog search={dialog.query.search} replaces={dialog.query} onClose={close} />
      )}
      {dialog?.kind === 'delete' && <DeleteQueryDialog query={dialog.query} onClose={close} />}
    </>
  )
}

function SavedList(props: { onAsk: (next: Open) => void; onApply: (search: SavedLogSearch) => void }) {
  const query = useQuery(logQueries.saved())
  const isAdmin = useMay('admin')
  return (
    <QueryView query={query} what="saved queries">
      {({ queries }) =>
        queries.length === 0 ? (
          <p className="text-ink-muted p-4 text-center">
            No search is saved yet. Set filters and a time, then save them under a name.
          </p>
        ) : (
          <ul className="min-h-0 overflow-y-auto p-1">
            {queries.map((saved) => (
              <li key={saved.id} className="hover:bg-sunken flex items-center gap-1 rounded-md pr-1">
                <button
                  type="button"
                  onClick={() => props.onApply(saved.search)}
                  className="min-w-0 flex-1 cursor-pointer px-2.5 py-1.5 text-left"
                >
                  <span className="block truncate font-medium">
                    <bdi>{saved.name}</bdi>
                  </span>
                  <span className="text-ink-muted flex items-center gap-1 text-xs">
                    {saved.isShared && <Users className="size-3" aria-hidden />}
                    {saved.isShared ? 'Shared' : 'Only you see it'}
                    {!saved.isOwn && (
                      <>
                        , by <bdi>{saved.savedBy}</bdi>
                      </>
                    )}
                  </span>
                </button>
                {saved.isOwn && (
                  <IconButton
                    label={`Rename ${saved.name}`}
                    icon={<Pencil />}
                    className="size-7"
                    onClick={() => props.onAsk({ kind: 'rename', query: saved })}
                  />
                )}
                {(saved.isOwn || isAdmin) && (
                  <IconButton
                    label={`Delete ${saved.name}`}
                    icon={<Trash2 />}
                    className="size-7"
                    onClick={() => props.onAsk({ kind: 'delete', query: saved })}
                  />
                )}
              </li>
            ))}
          </ul>
        )
      }
    </QueryView>
  )
}

function DeleteQueryDialog({ query, onClose }: { query: SavedLogQuery; onClose: () => void }) {
  const remove = useDeleteQuery(onClose)
  return (
    <ConfirmDialog
      title="Delete the saved query"
      confirmLabel="Delete"
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(query)}
      onClose={onClose}
    >
      <p>
        “<bdi>{query.name}</bdi>” is gone {query.isShared ? 'for everybody' : 'for you'}. No log line is
        deleted.
      </p>
    </ConfirmDialog>
  )
}
