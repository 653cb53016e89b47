import { useQuery } from '@tanstack/react-query'
import { Ellipsis, Pencil, Plus, Trash2, Users } from 'lucide-react'
import { useState } from 'react'
import type { UserGroup } from '#contract/session'
import { accessText } from '@/domain/access-words'
import { formatNoun } from '@/lib/format'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { IconButton } from '@/ui/icon-button'
import { Menu } from '@/ui/menu'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { toast } from '@/ui/toast.store'
import { GroupDialog } from './group-dialog'
import { groupQueries, useDeleteGroup } from './groups.queries'

type Task = { kind: 'add' } | { kind: 'change' | 'delete'; group: UserGroup }

/** Groups of people, for administrators: what one may do, its members may do too. */
export function GroupList() {
  const query = useQuery(groupQueries.list())
  const [task, setTask] = useState<Task | null>(null)
  const close = () => setTask(null)
  return (
    <Panel
      title="Groups"
      hint="What a group may do, its members may do besides what they may themselves."
      isFlush
      actions={
        <Button icon={<Plus className="size-4" aria-hidden />} onClick={() => setTask({ kind: 'add' })}>
          Add a group
        </Button>
      }
    >
      <QueryView query={query} what="groups">
        {({ groups }) =>
          groups.length === 0 ? (
            <EmptyState icon={Users} title="No groups">
              Make one to give several people the same fleets at once.
            </EmptyState>
          ) : (
            <Table label="List of groups">
              <thead>
                <tr>
                  <HeaderCell>Name</HeaderCell>
                  <HeaderCell>Roles</HeaderCell>
                  <HeaderCell>Members</HeaderCell>
                  <HeaderCell>
                    <span className="sr-only">Actions</span>
                  </HeaderCell>
                </tr>
              </thead>
              <tbody>
                {groups.map((group) => (
                  <tr key={group.id}>
                    <Cell className="font-medium">
                      <bdi>{group.name}</bdi>
                    </Cell>
                    <Cell>{accessText(group.access)}</Cell>
                    <Cell className="tabular-nums">{group.memberIds.length}</Cell>
                    <Cell className="text-right">
                      <Menu
                        label={`What to do with ${group.name}`}
                        trigger={<IconButton label={`Actions for ${group.name}`} icon={<Ellipsis />} />}
                        items={[
                          {
                            label: 'Change',
                            icon: <Pencil />,
                            onSelect: () => setTask({ kind: 'change', group }),
                          },
                          'separator',
                          {
                            label: 'Delete',
                            icon: <Trash2 />,
                            isDangerous: true,
                            onSelect: () => setTask({ kind: 'delete', group }),
                          },
                        ]}
                      />
                    </Cell>
                  </tr>
                ))}
              </tbody>
            </Table>
          )
        }
      </QueryView>
      {task?.kind === 'add' && <GroupDialog group={null} onClose={close} />}
      {task?.kind === 'change' && <GroupDialog group={task.group} onClose={close} />}
      {task?.kind === 'delete' && <DeleteDialog group={task.group} onClose={close} />}
    </Panel>
  )
}

function DeleteDialog({ group, onClose }: { group: UserGroup; onClose: () => void }) {
  const remove = useDeleteGroup()
  return (
    <ConfirmDialog
      title={`Delete the group ${group.name}?`}
      confirmLabel="Delete"
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(group.id, {
          onSuccess: () => {
            toast('ok', `The group ${group.name} is deleted`)
            onClose()
          },
        })
      }
    >
      <p>
        What it gave is gone at once: {accessText(group.access)}, for{' '}
        {formatNoun(group.memberIds.length, 'member')}. Their accounts stay.
      </p>
    </ConfirmDialog>
  )
}
