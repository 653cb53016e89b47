import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FleetPolicy, FleetSummary } from '#contract/fleet'
import { SourceNote } from '@/domain/source-note'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { Field, Select } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { policyText } from '../fleet-policy-text'
import { fleetQueries } from '../fleets.queries'
import { PolicyConfirm } from './policy-confirm'
import { releaseOf, type ReleaseChoice } from './policy-preview'

const TRACK = 'track-latest'

/** Which release the devices of the fleet follow, and changing it. */
export function PolicyPanel({ fleet }: { fleet: FleetSummary }) {
  const mayChange = useMay('release-manager')
  const canChange = useMissing('target-releases') === null
  return (
    <Panel
      title="Release policy"
      hint={`${policyText(fleet)}. A device that is pinned itself does not follow it.`}
    >
      {!canChange ? (
        <SourceNote needs="target-releases" />
      ) : mayChange ? (
        <PolicyForm fleet={fleet} />
      ) : (
        <p className="text-ink-muted">A release manager can change which release the fleet follows.</p>
      )}
    </Panel>
  )
}

const choiceOf = (policy: FleetPolicy) => (policy.kind === 'pinned' ? String(policy.releaseId) : TRACK)

function PolicyForm({ fleet }: { fleet: FleetSummary }) {
  const releases = useQuery(fleetQueries.releaseChoices(fleet.id))
  const [chosen, setChosen] = useState<string | null>(null)
  const [confirming, setConfirming] = useState<{ policy: FleetPolicy; to: ReleaseChoice | null } | null>(null)
  const current = choiceOf(fleet.policy)
  const value = chosen ?? current
  const rows = releases.data?.rows ?? []
  const ask = () => {
    const policy: FleetPolicy =
      value === TRACK ? { kind: 'track-latest' } : { kind: 'pinned', releaseId: Number(value) }
    setConfirming({ policy, to: releaseOf(policy, rows) })
  }
  return (
    <div className="space-y-3">
      <Field
        label="Devices of this fleet run"
        hint={
          value === TRACK
            ? 'A release that becomes final is offered to every device at once. Use a rollout to go step by step.'
            : 'New releases wait until somebody pins another one, tracks the latest, or makes a rollout.'
        }
      >
        {(field) => (
          <Select
            {...field}
            value={value}
            disabled={releases.isPending}
            onChange={(event) => setChosen(event.target.value)}
          >
            <option value={TRACK}>The latest final release</option>
            {!rows.some((release) => String(release.id) === current) && current !== TRACK && (
              <option value={current}>Pinned: {fleet.targetRelease?.semver ?? current}</option>
            )}
            {rows
              .filter((release) => release.status !== 'failed')
              .map((release) => (
                <option key={release.id} value={release.id}>
                  Pinned: {release.semver}
                  {release.status === 'draft' ? ' (draft)' : ''}
                </option>
              ))}
          </Select>
        )}
      </Field>
      <ProblemNote error={releases.error} />
      <Button disabled={value === current || releases.isPending} onClick={ask}>
        Change policy…
      </Button>
      {confirming && (
        <PolicyConfirm
          fleet={fleet}
          policy={confirming.policy}
          to={confirming.to}
          onClose={() => {
            setConfirming(null)
            setChosen(null)
          }}
        />
      )}
    </div>
  )
}
