import type { Role } from '#contract/session'

/** What a role is called and what it may do. */
export const roleWords: Record<Role, { label: string; may: string }> = {
  viewer: { label: 'Viewer', may: 'sees everything, changes nothing' },
  support: { label: 'Support', may: 'also restarts, reboots and tags devices' },
  'release-manager': { label: 'Release manager', may: 'also makes releases, runs rollouts and pins devices' },
  admin: { label: 'Administrator', may: 'also manages fleets, accounts and API tokens' },
}
