import { Link } from 'react-router'
import type { AuditEntry } from '#contract/audit'

const nouns: Record<string, string> = {
  device: 'Device',
  devices: 'Devices',
  fleet: 'Fleet',
  release: 'Release',
  rollout: 'Rollout',
  user: 'Account',
  'api-token': 'API token',
  'provisioning-key': 'Provisioning key',
  webhook: 'Webhook',
}

/** Where a subject is to be seen now; null where it has no page. */
export function subjectPath(entry: Pick<AuditEntry, 'subjectKind' | 'subjectId' | 'fleetId'>): string | null {
  const { subjectKind, subjectId, fleetId } = entry
  const id = encodeURIComponent(subjectId)
  switch (subjectKind) {
    case 'device':
      return `/devices/${id}`
    case 'devices':
      return /^[0-9a-f]{32,62}$/.test(subjectId) ? `/devices/${id}` : null
    case 'fleet':
      return `/fleets/${id}`
    case 'release':
      return `/releases/${id}`
    case 'rollout':
      return `/rollouts/${id}`
    case 'webhook':
      return `/settings/webhooks/${id}`
    case 'provisioning-key':
      return fleetId === null ? null : `/fleets/${fleetId}/settings`
    default:
      return null
  }
}

/** What an entry is about, as a link where there is something to look at. */
export function AuditSubject({ entry }: { entry: AuditEntry }) {
  const { subjectKind, subjectId } = entry
  const noun = nouns[subjectKind] ?? subjectKind
  const shown = subjectId.length > 24 ? `${subjectId.slice(0, 8)}…` : subjectId
  const text = subjectKind === 'devices' ? shown : `${noun} ${shown}`
  const path = subjectPath(entry)
  if (path === null) return <span title={subjectId}>{text}</span>
  return (
    <Link to={path} title={subjectId} className="text-accent-ink hover:underline">
      {text}
    </Link>
  )
}
