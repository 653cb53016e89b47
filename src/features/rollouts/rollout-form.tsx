import { useQuery } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { rolloutNeeds } from '#contract/ability-needs'
import type { DeviceFacets } from '#contract/device'
import type { RolloutTarget } from '#contract/fleet'
import type { RolloutDetail } from '#contract/rollout'
import { useMay } from '@/lib/permission'
import { useSource, whyMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { Field, TextArea } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { startObstacle } from './preview-shares'
import { RolloutNarrowing } from './rollout-narrowing'
import { RolloutPlanChoice } from './rollout-plan-choice'
import { rolloutRequest, type RolloutPlanSearch } from './rollout-plan-search'
import { RolloutPreview } from './rollout-preview'
import { rolloutQueries } from './rollouts.queries'
import { StartRolloutDialog } from './start-rollout-dialog'
import { WhatToSend } from './what-to-send'

type RolloutFormProps = {
  fleet: { id: number; name: string; targetRelease: { id: number; semver: string } | null }
  /** What is sent, once chosen. */
  target: RolloutTarget | null
  /** Where it is chosen. */
  children: ReactNode
  search: RolloutPlanSearch
  facets: DeviceFacets | undefined
  deviceTypeName: (slug: string) => string
  onChange: (change: Partial<RolloutPlanSearch>) => void
  onStarted: (rollout: RolloutDetail) => void
}

/** Puts a rollout together, with what it would do beside it; sending back to an older release is the same. */
export function RolloutForm(props: RolloutFormProps) {
  const { fleet, target, search, onChange } = props
  const release = target?.kind === 'release' ? target.release : null
  const [note, setNote] = useState(search.note)
  const [isConfirming, setConfirming] = useState(false)
  const mayStart = useMay('release-manager')
  const source = useSource()
  const cannot = whyMissing(source, [rolloutNeeds[search.what]])
  const request = useMemo(() => (cannot === null ? rolloutRequest(search) : null), [search, cannot])
  const query = useQuery({
    ...rolloutQueries.preview(fleet.id, request ?? { releaseId: 0 }),
    enabled: request !== null,
  })
  const preview = query.isPlaceholderData ? undefined : query.data
  const obstacle = preview === undefined ? null : startObstacle(preview)
  const isBack = release !== null && fleet.targetRelease !== null && release.id < fleet.targetRelease.id
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(20rem,2fr)]">
      <div className="min-w-0 space-y-4">
        <Panel title="What">
          <div className="space-y-3">
            <WhatToSend value={search.what} onChange={(what) => onChange({ what })} />
            {cannot === null && props.children}
            {isBack && (
              <p className="bg-attention-soft text-attention rounded-md px-3 py-2 text-[13px]">
                This sends the fleet back: {release.semver} is older than {fleet.targetRelease?.semver}, which{' '}
                {fleet.name} should run now.
              </p>
            )}
          </div>
        </Panel>
        <Panel title="Whom">
          <RolloutNarrowing search={search} facets={props.facets} onChange={onChange} />
        </Panel>
        <Panel title="How">
          <RolloutPlanChoice key={fleet.id} fleetId={fleet.id} search={search} onChange={onChange} />
        </Panel>
        <Panel title="Note">
          <Field label="Why this rollout (optional)" hint="Shown on its page.">
            {(field) => (
              <TextArea
                {...field}
                rows={2}
                maxLength={2000}
                value={note}
                onChange={(event) => setNote(event.target.value)}
                // Browsers stop pages that change the address with every key.
                onBlur={() => {
                  if (note !== search.note) onChange({ note })
                }}
              />
            )}
          </Field>
        </Panel>
      </div>
      <div className="min-w-0 space-y-3 lg:sticky lg:top-18 lg:self-start">
        {request === null ? (
          <Panel title="Preview">
            <p className="text-ink-muted">
              Choose what to send to see whom it would reach and what it would cost.
            </p>
          </Panel>
        ) : (
          <RolloutPreview query={query} fleetId={fleet.id} deviceTypeName={props.deviceTypeName} />
        )}
        <div className="flex flex-wrap items-center justify-end gap-3">
          <span role="status" className="text-ink-muted text-[13px]">
            {mayStart ? (obstacle ?? '') : 'Starting needs the role release manager'}
          </span>
          <Button
            variant="primary"
            icon={<Send className="size-4" aria-hidden />}
            disabled={!mayStart || preview === undefined || obstacle !== null}
            onClick={() => setConfirming(true)}
          >
            Start…
          </Button>
        </div>
      </div>
      {isConfirming && request !== null && preview !== undefined && target !== null && (
        <StartRolloutDialog
          fleet={fleet}
          target={target}
          request={{ ...request, note }}
          preview={preview}
          onStarted={props.onStarted}
          onClose={() => setConfirming(false)}
        />
      )}
    </div>
  )
}
