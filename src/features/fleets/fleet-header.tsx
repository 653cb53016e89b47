import { Plus, Send } from 'lucide-react'
import { Link } from 'react-router'
import type { FleetSummary } from '#contract/fleet'
import type { SourceAbility } from '#contract/source'
import { formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useSource, whyMissing } from '@/lib/source'
import { buttonClass } from '@/ui/button'
import { PageHeader } from '@/ui/page-header'
import { policyText } from './fleet-policy-text'

/** Name, device type, what the fleet follows, how many devices; and what one comes to do with a fleet. */
export function FleetHeader({ fleet, page }: { fleet: FleetSummary; page: string }) {
  const mayRelease = useMay('release-manager')
  const source = useSource()
  const can = (...needs: SourceAbility[]) => whyMissing(source, needs) === null
  return (
    <PageHeader
      title={fleet.name}
      documentTitle={page === 'Overview' ? fleet.name : `${page} · ${fleet.name}`}
      trail={[{ label: 'Fleets', to: '/fleets' }]}
      actions={
        mayRelease ? (
          <>
            {can('create-releases') && (
              <Link to={`/releases/new?fleetId=${fleet.id}`} className={buttonClass()}>
                <Plus className="size-4" aria-hidden />
                New release
              </Link>
            )}
            {(can('target-releases') || can('target-host-os')) && (
              <Link to={`/rollouts/new?fleetId=${fleet.id}`} className={buttonClass('primary')}>
                <Send className="size-4" aria-hidden />
                New rollout
              </Link>
            )}
          </>
        ) : undefined
      }
    >
      {fleet.deviceType.name} · {formatNoun(fleet.devices.total, 'device')} ·{' '}
      {fleet.targetRelease ? (
        <Link
          to={`/releases/${fleet.targetRelease.id}`}
          className="text-ink-soft hover:text-ink underline underline-offset-2"
        >
          {policyText(fleet)}
        </Link>
      ) : (
        policyText(fleet)
      )}
    </PageHeader>
  )
}
