import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { roles, type Access, type FleetRole, type Role } from '#contract/role'
import { roleWords } from '@/domain/role-words'
import { Field, Select } from '@/ui/field'
import { IconButton } from '@/ui/icon-button'
import { fleetNamesQuery } from './fleet-names.queries'

/** Spread of what `useController` answers for the field of a form. */
type AccessFieldProps = {
  field: { value: Access; onChange: (next: Access) => void }
  fieldState: { error?: { message?: string | undefined } | undefined }
  /** What follows where no role is chosen at all. */
  noneHint: string
}

const isRole = (text: string): text is Role => roles.some((role) => role === text)

const RoleOptions = () =>
  roles.map((role) => (
    <option key={role} value={role}>
      {roleWords[role].label}
    </option>
  ))

/** Chooses a role for every fleet, and roles in single fleets, which only add to it. */
export function AccessField({ field, fieldState, noneHint }: AccessFieldProps) {
  const { everywhere, fleets } = field.value
  const names = useQuery(fleetNamesQuery())
  const nameOf = (fleetId: number) =>
    names.data?.find(({ id }) => id === fleetId)?.name ?? `Fleet ${String(fleetId)}`
  const set = (next: readonly FleetRole[]) => field.onChange({ everywhere, fleets: [...next] })
  const left = names.data?.filter(({ id }) => !fleets.some(({ fleetId }) => fleetId === id)) ?? []
  const isNone = everywhere === null && fleets.length === 0
  return (
    <div className="space-y-3">
      <Field
        label="Role in every fleet"
        hint={everywhere !== null ? `May ${roleWords[everywhere].may}.` : isNone ? noneHint : undefined}
        error={fieldState.error?.message}
      >
        {(control) => (
          <Select
            {...control}
            value={everywhere ?? ''}
            onChange={({ target }) =>
              field.onChange({ everywhere: isRole(target.value) ? target.value : null, fleets })
            }
          >
            <option value="">None: only in the fleets below</option>
            <RoleOptions />
          </Select>
        )}
      </Field>
      {fleets.map((own) => (
        <div key={own.fleetId} className="flex items-end gap-2">
          <div className="min-w-0 grow">
            <Field label={`Role in ${nameOf(own.fleetId)}`}>
              {(control) => (
                <Select
                  {...control}
                  value={own.role}
                  onChange={({ target }) =>
                    set(
                      fleets.map((one) =>
                        one === own && isRole(target.value) ? { ...own, role: target.value } : one,
                      ),
                    )
                  }
                >
                  <RoleOptions />
                </Select>
              )}
            </Field>
          </div>
          <IconButton
            label={`No role of its own in ${nameOf(own.fleetId)}`}
            icon={<X />}
            onClick={() => set(fleets.filter((one) => one !== own))}
          />
        </div>
      ))}
      {(left.length > 0 || names.isPending) && (
        <Field label="Add a role in a single fleet">
          {(control) => (
            <Select
              {...control}
              value=""
              disabled={names.isPending}
              onChange={({ target }) => {
                const fleetId = Number(target.value)
                if (fleetId > 0) set([...fleets, { fleetId, role: 'viewer' }])
              }}
            >
              <option value="">{names.isPending ? 'Loading the fleets' : 'Choose a fleet'}</option>
              {left.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {names.isError && (
        <p className="text-critical text-[13px]" role="alert">
          The fleets could not be read: {names.error.message}
        </p>
      )}
    </div>
  )
}
