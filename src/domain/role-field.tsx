import type { ComponentProps } from 'react'
import { roles, type Role } from '#contract/session'
import { roleWords } from '@/domain/role-words'
import { Field, Select } from '@/ui/field'

type RoleFieldProps = { value: Role; error?: string | undefined } & Omit<ComponentProps<'select'>, 'value'>

/** Chooses a role and says what it may do. */
export function RoleField({ value, error, ...select }: RoleFieldProps) {
  return (
    <Field label="Role" hint={`May ${roleWords[value].may}.`} error={error}>
      {(field) => (
        <Select {...field} {...select} value={value}>
          {roles.map((role) => (
            <option key={role} value={role}>
              {roleWords[role].label}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
