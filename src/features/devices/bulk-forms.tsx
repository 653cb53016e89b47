import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { bulkOperation, type BulkOperation } from '#contract/device'
import { DEFAULT_ACTION_EXPIRY } from '#contract/device-action'
import { DEFAULT_OVERRIDE, ExpiryField, OverrideField, ReasonField } from '@/domain/action-fields'
import { Field, Select, TextInput } from '@/ui/field'
import { deviceQueries } from './devices.queries'

export type BulkFormProps = {
  /** The fleet whose devices these are, when it is known. */
  fleetId: number | undefined
  /** Null while it cannot be asked yet. */
  onChange: (operation: BulkOperation | null) => void
}

function FleetField(props: {
  label: string
  hint?: string
  value: string
  onChange: (value: string) => void
}) {
  const fleets = useQuery(deviceQueries.fleets())
  return (
    <Field label={props.label} hint={props.hint} error={fleets.error?.message}>
      {(field) => (
        <Select {...field} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
          <option value="">{fleets.isPending ? 'Loading…' : 'Choose a fleet…'}</option>
          {fleets.data?.fleets.map((fleet) => (
            <option key={fleet.id} value={fleet.id}>
              {fleet.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

const statusNote = { draft: ' (draft)', final: '', failed: ' (failed)' }

/** Which release: of the fleet given, or of one chosen first. */
export function PinForm({ fleetId, onChange }: BulkFormProps) {
  const [fleet, setFleet] = useState(fleetId === undefined ? '' : String(fleetId))
  const [release, setRelease] = useState('')
  const releases = useQuery({ ...deviceQueries.releases(Number(fleet)), enabled: fleet !== '' })
  const offered = releases.data?.rows.filter((row) => row.status !== 'failed') ?? []
  return (
    <>
      {fleetId === undefined && (
        <FleetField
          label="Fleet"
          hint="A release belongs to one fleet; devices of other fleets are left out."
          value={fleet}
          onChange={(value) => {
            setFleet(value)
            setRelease('')
            onChange(null)
          }}
        />
      )}
      <Field
        label="Release"
        error={releases.error?.message}
        hint={releases.data && offered.length === 0 ? 'This fleet has no release to pin to yet.' : undefined}
      >
        {(field) => (
          <Select
            {...field}
            value={release}
            disabled={fleet === '' || offered.length === 0}
            onChange={(event) => {
              setRelease(event.target.value)
              const id = Number(event.target.value)
              onChange(id > 0 ? { kind: 'pin', releaseId: id } : null)
            }}
          >
            <option value="">{releases.isFetching ? 'Loading…' : 'Choose a release…'}</option>
            {offered.map((row) => (
              <option key={row.id} value={row.id}>
                {row.semver}
                {statusNote[row.status]}
                {row.isFleetTarget ? ', the fleet’s target' : ''}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </>
  )
}

export function MoveForm({ fleetId, onChange }: BulkFormProps) {
  const [fleet, setFleet] = useState('')
  return (
    <FleetField
      label="To the fleet"
      value={fleet}
      hint={fleetId !== undefined && fleet === String(fleetId) ? 'They are in this fleet already.' : ''}
      onChange={(value) => {
        setFleet(value)
        onChange(value === '' ? null : { kind: 'move', fleetId: Number(value) })
      }}
    />
  )
}

/** Key and, when `hasValue`, value of a tag; what the gateway would refuse is said at the field. */
export function TagForm({ hasValue, onChange }: BulkFormProps & { hasValue: boolean }) {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const parsed = bulkOperation.safeParse(
    hasValue ? { kind: 'tag', key: key.trim(), value } : { kind: 'untag', key: key.trim() },
  )
  const issue = parsed.success ? undefined : parsed.error.issues.find((one) => one.path.includes('key'))
  const tell = (next: { key: string; value: string }) => {
    const operation = bulkOperation.safeParse(
      hasValue ? { kind: 'tag', ...next, key: next.key.trim() } : { kind: 'untag', key: next.key.trim() },
    )
    onChange(operation.success ? operation.data : null)
  }
  return (
    <>
      <Field label="Tag" error={key === '' ? undefined : issue?.message}>
        {(field) => (
          <TextInput
            {...field}
            value={key}
            autoComplete="off"
            placeholder="site"
            onChange={(event) => {
              setKey(event.target.value)
              tell({ key: event.target.value, value })
            }}
          />
        )}
      </Field>
      {hasValue && (
        <Field label="Value" hint="May be empty.">
          {(field) => (
            <TextInput
              {...field}
              value={value}
              maxLength={255}
              autoComplete="off"
              placeholder="Bremen"
              onChange={(event) => {
                setValue(event.target.value)
                tell({ key, value: event.target.value })
              }}
            />
          )}
        </Field>
      )}
    </>
  )
}

type ActionFormProps = {
  operation: Extract<BulkOperation, { kind: 'action' }>
  onChange: (operation: BulkOperation) => void
}

/** How long it waits, and why it is asked. */
export function ActionForm({ operation, onChange }: ActionFormProps) {
  return (
    <>
      {operation.action === 'override-lock' && (
        <OverrideField
          value={operation.overrideMinutes ?? DEFAULT_OVERRIDE}
          onChange={(overrideMinutes) => onChange({ ...operation, overrideMinutes })}
        />
      )}
      <ExpiryField
        value={operation.expiresInMinutes ?? DEFAULT_ACTION_EXPIRY}
        onChange={(expiresInMinutes) => onChange({ ...operation, expiresInMinutes })}
      />
      <ReasonField value={operation.reason ?? ''} onChange={(reason) => onChange({ ...operation, reason })} />
    </>
  )
}
