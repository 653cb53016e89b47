import { useMutation } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import type { Variable } from '#contract/fleet'
import { useSearchState } from '@/lib/search-state'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Panel } from '@/ui/panel'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { VariableDialog, type VariableInput } from './variable-dialog'
import { consequenceOf, placeOf, type VariableOwner } from './variable-rules'
import { SourceNote } from './source-note'
import { VariableRows } from './variable-rows'

const search = z.object({ variable: z.string().default('') })
/** From how many on a search is of use. */
const SEARCH_FROM = 6

type VariablesPanelProps = {
  /** Whose page this is: new variables are set there, the others are shown and can be overridden. */
  owner: VariableOwner
  variables: readonly Variable[]
  /** Services a variable can be meant for. */
  services: readonly string[]
  mayEdit: boolean
  onSet: (input: VariableInput) => Promise<unknown>
  onDelete: (variable: Variable) => Promise<unknown>
}

const kinds = [
  { kind: 'environment', heading: 'Environment', hint: 'Read by the services.' },
  { kind: 'configuration', heading: 'Configuration', hint: 'Read by host OS and supervisor.' },
] as const
const blank: VariableInput = { kind: 'environment', service: null, name: '', value: '' }

function DeleteVariable(
  props: Pick<VariablesPanelProps, 'owner' | 'onDelete'> & { variable: Variable; onClose: () => void },
) {
  const { variable, owner, onClose } = props
  const remove = useMutation({
    mutationFn: props.onDelete,
    onSuccess: () => {
      toast('ok', `${variable.name} is deleted.`)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={`Delete ${variable.name}?`}
      confirmLabel="Delete variable"
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(variable)}
      onClose={onClose}
    >
      <p>
        It is set for: {placeOf(variable)}. {consequenceOf(variable, owner)} A less specific value of the same
        name counts again.
      </p>
    </ConfirmDialog>
  )
}

/** Variables by kind, with where each was set and which one counts. */
export function VariablesPanel(props: VariablesPanelProps) {
  const { owner, variables, services } = props
  const canEdit = useMissing('edit-variables') === null
  const mayEdit = props.mayEdit && canEdit
  const [{ variable: q }, update] = useSearchState(search)
  const [editing, setEditing] = useState<{ start: VariableInput; isNew: boolean } | null>(null)
  const [deleting, setDeleting] = useState<Variable | null>(null)
  const needle = q.toLowerCase()
  const shown = variables.filter((variable) =>
    [variable.name, variable.service ?? ''].some((text) => text.toLowerCase().includes(needle)),
  )
  const add = (
    <Button
      size="sm"
      icon={<Plus className="size-4" aria-hidden />}
      onClick={() => setEditing({ start: blank, isNew: true })}
    >
      Add variable
    </Button>
  )
  return (
    <Panel
      title="Variables"
      hint="The most specific wins: device service, device, fleet service, fleet."
      isFlush
      actions={
        <>
          {(variables.length >= SEARCH_FROM || q !== '') && (
            <SearchInput
              label="Search variables"
              value={q}
              onChange={(value) => update({ variable: value }, { replace: true })}
              className="w-full sm:w-56"
            />
          )}
          {mayEdit && add}
        </>
      }
    >
      <SourceNote needs="edit-variables" className="px-4 pt-3" />
      {variables.length === 0 && (
        <EmptyState title="No variables yet">
          {owner === 'fleet' && canEdit
            ? 'A variable set here reaches every device of the fleet, unless the device has a value of its own.'
            : owner === 'fleet'
              ? 'The fleet has none.'
              : 'Neither the fleet nor this device has any.'}
        </EmptyState>
      )}
      {variables.length > 0 && shown.length === 0 && (
        <EmptyState
          title={`0 of ${variables.length} variables match “${q}”`}
          action={<Button onClick={() => update({ variable: '' })}>Clear the search</Button>}
        />
      )}
      {kinds.map(({ kind, heading, hint }) => {
        const ofKind = shown.filter((variable) => variable.kind === kind)
        if (ofKind.length === 0) return null
        return (
          <div key={kind} className="pb-1">
            <h3 className="px-4 pt-3 text-[13px] font-semibold">
              {heading} <span className="text-ink-muted font-normal">{hint}</span>
            </h3>
            <VariableRows
              label={`${heading} variables`}
              owner={owner}
              shown={ofKind}
              all={variables}
              mayEdit={mayEdit}
              onEdit={(variable) => setEditing({ start: variable, isNew: false })}
              onOverride={(variable) => setEditing({ start: { ...variable }, isNew: true })}
              onDelete={setDeleting}
            />
          </div>
        )
      })}
      {editing && (
        <VariableDialog
          owner={owner}
          start={editing.start}
          isNew={editing.isNew}
          services={services}
          onSet={props.onSet}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting && (
        <DeleteVariable
          owner={owner}
          variable={deleting}
          onDelete={props.onDelete}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  )
}
