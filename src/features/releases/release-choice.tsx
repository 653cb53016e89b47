import type { ReleaseRow } from '#contract/release'
import { formatCount } from '@/lib/format'
import { Field, Select } from '@/ui/field'

type ReleaseChoiceProps = {
  label: string
  releases: readonly ReleaseRow[]
  /** Null: nothing chosen yet. */
  value: number | null
  onChange: (releaseId: number) => void
  error?: string | undefined
}

/** One release of a fleet from a list, each with what tells it apart. */
export function ReleaseChoice({ label, releases, value, onChange, error }: ReleaseChoiceProps) {
  return (
    <Field label={label} error={error}>
      {(field) => (
        <Select
          {...field}
          value={value === null ? '' : String(value)}
          onChange={(event) => {
            if (event.target.value !== '') onChange(Number(event.target.value))
          }}
        >
          {value === null && <option value="">Choose…</option>}
          {value !== null && !releases.some((release) => release.id === value) && (
            <option value={value}>Release {value}</option>
          )}
          {releases.map((release) => (
            <option key={release.id} value={release.id}>
              {release.semver}
              {release.isFleetTarget ? ' (fleet target)' : ''} · {release.status} · runs on{' '}
              {formatCount(release.runningCount)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
