import type { RuleText } from './rule-text.ts'

export const softwareTexts: readonly RuleText[] = [
  {
    code: 'service-crash-loop',
    layer: 'service',
    title: 'Service crash-looping',
    limits: ['crashLoopRestarts', 'crashLoopWindowMinutes'],
    rule: (limits) =>
      `A service ended and was restarted ${limits.crashLoopRestarts} times within ${limits.crashLoopWindowMinutes} min.`,
    source:
      'The counter of restarts that the device tells with its tags; without it, “Service exited” in its log.',
    meaning: 'The device itself is well and reachable.',
    help: [
      'Read the service’s last lines before the exit; code 137 is a kill (often memory), 139 a crash in native code.',
      'If a release arrived just before, pin the device to the release it ran until then.',
      'If a variable was changed just before, set it back.',
    ],
  },
  {
    code: 'service-not-running',
    layer: 'service',
    title: 'Service not running',
    limits: [],
    rule: () => 'A service of its target is not running and not on its way.',
    source: 'The states of its services in its last report.',
    meaning: 'It ended and is not started again, or it cannot be started at all.',
    help: [
      'Start the service and follow its log.',
      'Check its restart policy: with "no" or "on-failure" a service that ends in good order stays down.',
    ],
  },
  {
    code: 'service-wrong-release',
    layer: 'service',
    title: 'Not on target release',
    limits: [],
    rule: () => 'No update is under way, yet a service runs another release than its target.',
    source: 'The releases of its services in its last report, against its target.',
    meaning: 'The device believes it is done.',
    help: ['Ask it to update now.', 'Look for an update lock.'],
  },
  {
    code: 'update-locked',
    layer: 'service',
    title: 'Update lock held',
    limits: ['updateLockMinutes'],
    rule: (limits) =>
      limits.updateLockMinutes === 0
        ? 'A service holds its update lock while an update waits.'
        : `A service holds its update lock while an update waits, for ${limits.updateLockMinutes} min or more.`,
    source: '“Updates are locked” in its log, until it takes the locks.',
    meaning: 'The application asked not to be interrupted; the supervisor tries again by itself.',
    help: [
      'Ask whether the application is in the middle of work: then wait.',
      'A lock left behind by a crash goes with a restart of the service.',
      'Override the lock only when an interruption does no harm.',
    ],
  },
  {
    code: 'update-stuck',
    layer: 'supervisor',
    title: 'Update stuck',
    limits: ['updateStuckMinutes'],
    rule: (limits) => `An update is under way and has not moved for ${limits.updateStuckMinutes} min.`,
    source: 'update_status and download_progress of its reports.',
    meaning: 'The services go on with what they ran before.',
    help: [
      'Look at the device’s log for "Failed to download": then it is network or registry.',
      'Check that the image fits on its storage.',
    ],
  },
  {
    code: 'update-rejected',
    layer: 'supervisor',
    title: 'Update rejected',
    limits: [],
    rule: () => 'The device refused its target release.',
    source: 'update_status of its last report.',
    meaning: 'The release’s contract asks for something this device lacks.',
    help: [
      'Pin the device to a release that fits it.',
      'Update its host OS or supervisor if the contract asks for a newer one.',
    ],
  },
]
