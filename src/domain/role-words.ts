import type { Role } from '#contract/session'

/** What a role is called, and what it may do. */
export const roleWords: Record<Role, { label: string; may: string }> = {
  viewer: { label: 'Viewer', may: 'see fleets, devices and logs, change nothing' },
  support: {
    label: 'Support',
    may: 'what viewers may, and rename, tag, restart and reboot devices and set their variables',
  },
  'release-manager': {
    label: 'Release manager',
    may: 'what support may, and make releases, run rollouts, pin devices, read the audit log',
  },
  admin: { label: 'Administrator', may: 'everything, with fleets, keys, accounts and API tokens' },
}
