import { ArrowUpFromLine, Pencil, Trash2 } from 'lucide-react'
import type { Variable } from '#contract/fleet'
import { cn } from '@/lib/cn'
import { IconButton } from '@/ui/icon-button'
import { RelativeTime } from '@/ui/relative-time'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { exceptedServices, overriddenBy, placeOf, scopeWords, type VariableOwner } from './variable-rules'
import { VariableValue } from './variable-value'

type VariableRowsProps = {
  label: string
  owner: VariableOwner
  /** The rows shown, and all there are: what overrides may be filtered away. */
  shown: readonly Variable[]
  all: readonly Variable[]
  mayEdit: boolean
  onEdit: (variable: Variable) => void
  onOverride: (variable: Variable) => void
  onDelete: (variable: Variable) => void
}

const isOwn = (variable: Variable, owner: VariableOwner) => variable.scope.startsWith(owner)

function effectText(variable: Variable, all: readonly Variable[]): string | null {
  const winner = overriddenBy(variable, all)
  if (winner) return `overridden by ${placeOf(winner)}`
  const excepted = exceptedServices(variable, all)
  return excepted.length === 0 ? null : `overridden in ${excepted.join(', ')}`
}

/** One row a variable: what it is called, what it is, where it was set and whether that counts. */
export function VariableRows(props: VariableRowsProps) {
  const { owner, shown, all, mayEdit } = props
  return (
    <Table label={props.label}>
      <thead>
        <tr>
          <HeaderCell>Name</HeaderCell>
          <HeaderCell>Value</HeaderCell>
          <HeaderCell className="hidden sm:table-cell">Set for</HeaderCell>
          <HeaderCell className="hidden lg:table-cell">Changed</HeaderCell>
          {mayEdit && <HeaderCell className="w-0 text-right">Actions</HeaderCell>}
        </tr>
      </thead>
      <tbody>
        {shown.map((variable) => {
          const effect = effectText(variable, all)
          const isLost = overriddenBy(variable, all) !== null
          return (
            <tr key={variable.id} className="[tr:last-child>&]:border-b-0">
              <Cell className="max-w-72 min-w-40">
                <span
                  className={cn('font-mono text-[13px] font-medium break-all', isLost && 'text-ink-muted')}
                >
                  {variable.name}
                </span>
                <span className="text-ink-muted block text-[13px] sm:hidden">{placeOf(variable)}</span>
                {effect !== null && <span className="text-attention block text-[13px]">{effect}</span>}
              </Cell>
              <Cell className={cn('max-w-md min-w-40', isLost && 'text-ink-muted line-through')}>
                <VariableValue name={variable.name} value={variable.value} />
              </Cell>
              <Cell className="hidden sm:table-cell">
                {scopeWords[variable.scope]}
                {variable.service !== null && <span className="text-ink-muted"> {variable.service}</span>}
              </Cell>
              <Cell className="text-ink-muted hidden lg:table-cell">
                <RelativeTime at={variable.updatedAt} />
              </Cell>
              {mayEdit && (
                <Cell className="text-right whitespace-nowrap">
                  {isOwn(variable, owner) ? (
                    <>
                      <IconButton
                        label={`Change ${variable.name}`}
                        icon={<Pencil />}
                        onClick={() => props.onEdit(variable)}
                      />
                      <IconButton
                        label={`Delete ${variable.name}`}
                        icon={<Trash2 />}
                        onClick={() => props.onDelete(variable)}
                      />
                    </>
                  ) : (
                    <IconButton
                      label={`Override ${variable.name} on this device`}
                      icon={<ArrowUpFromLine />}
                      onClick={() => props.onOverride(variable)}
                    />
                  )}
                </Cell>
              )}
            </tr>
          )
        })}
      </tbody>
    </Table>
  )
}
