import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Controller, useController, useForm } from 'react-hook-form'
import { z } from 'zod'
import { access as accessSchema, groupName, type UserGroup } from '#contract/session'
import { AccessField } from '@/domain/access-field'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Checkbox } from '@/ui/checkbox'
import { Field, TextInput } from '@/ui/field'
import { FormDialog } from '@/ui/form-dialog'
import { QueryView } from '@/ui/query-view'
import { toast } from '@/ui/toast.store'
import { useSaveGroup } from './groups.queries'
import { userQueries } from './users.queries'

const form = z.object({ name: groupName, access: accessSchema, memberIds: z.array(z.number()) })
/** From so many people on they can be searched. */
const SEARCHED_FROM = 8

/** Adds a group, or changes one: its name, what its members may do, and who they are. */
export function GroupDialog({ group, onClose }: { group: UserGroup | null; onClose: () => void }) {
  const save = useSaveGroup(group?.id ?? null)
  const fields = useForm({
    resolver: zodResolver(form),
    defaultValues: {
      name: group?.name ?? '',
      access: group?.access ?? { everywhere: null, fleets: [] },
      memberIds: group?.memberIds ?? [],
    },
  })
  const { errors } = fields.formState
  const access = useController({ control: fields.control, name: 'access' })
  const submit = fields.handleSubmit((values) =>
    save.mutate(values, {
      onSuccess: () => {
        toast('ok', group ? `The group ${values.name} is changed` : `The group ${values.name} is added`)
        onClose()
      },
      onError: (error) => applyFieldErrors(fields, error),
    }),
  )
  return (
    <FormDialog
      title={group ? `Change the group ${group.name}` : 'Add a group'}
      action={group ? 'Save' : 'Add'}
      sending={save}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label="Name" error={errors.name?.message}>
        {(field) => <TextInput {...field} {...fields.register('name')} autoComplete="off" />}
      </Field>
      <AccessField {...access} noneHint="A group without a role gives its members nothing." />
      <Controller
        control={fields.control}
        name="memberIds"
        render={({ field }) => <Members value={field.value} onChange={field.onChange} />}
      />
    </FormDialog>
  )
}

function Members({ value, onChange }: { value: readonly number[]; onChange: (ids: number[]) => void }) {
  const query = useQuery(userQueries.list())
  const [q, setQ] = useState('')
  const chosen = new Set(value)
  const flip = (id: number) => onChange(chosen.has(id) ? value.filter((one) => one !== id) : [...value, id])
  return (
    <fieldset className="space-y-2">
      <legend className="text-ink-soft text-[13px] font-medium">
        Members <span className="text-ink-muted font-normal tabular-nums">({value.length})</span>
      </legend>
      <QueryView query={query} what="accounts">
        {({ users }) => {
          const text = q.trim().toLowerCase()
          const shown = users.filter((user) => `${user.name} ${user.email}`.toLowerCase().includes(text))
          return (
            <>
              {users.length >= SEARCHED_FROM && (
                <TextInput
                  type="search"
                  aria-label="Search people"
                  placeholder="Name or e-mail"
                  value={q}
                  onChange={({ target }) => setQ(target.value)}
                />
              )}
              <ul className="border-line max-h-56 overflow-y-auto rounded-md border">
                {shown.map((user) => (
                  <li key={user.id} className="border-line border-b last:border-b-0">
                    <label
                      htmlFor={`member-${String(user.id)}`}
                      className="hover:bg-sunken flex items-center gap-2 px-3 py-2"
                    >
                      <Checkbox
                        id={`member-${String(user.id)}`}
                        checked={chosen.has(user.id)}
                        onChange={() => flip(user.id)}
                      />
                      <span className="min-w-0">
                        <bdi>{user.name}</bdi>
                        <span className="text-ink-muted block truncate text-[13px]">{user.email}</span>
                      </span>
                    </label>
                  </li>
                ))}
                {shown.length === 0 && <li className="text-ink-muted px-3 py-2">Nobody is called so.</li>}
              </ul>
            </>
          )
        }}
      </QueryView>
    </fieldset>
  )
}
