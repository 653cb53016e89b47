import type { RuleText } from './rule-text.ts'

export const connectionTexts: readonly RuleText[] = [
  {
    code: 'offline',
    layer: 'supervisor',
    title: 'Offline',
    limits: [],
    rule: () => 'No poll for 1.5 of its poll intervals and 15 s; critical after 24 h.',
    source: 'When it last asked for its target; state reports and log lines are no substitute.',
    meaning: 'Everything else that is shown is what the device last said.',
    help: [
      'See whether neighbours at the same site are offline too: then it is the site’s power or uplink.',
      'Ask somebody there whether the power light is on and the network cable or SIM is in.',
      'Leave it running if it does its work: it keeps its last target and comes back by itself.',
    ],
  },
  {
    code: 'never-seen',
    layer: 'supervisor',
    title: 'Never seen',
    limits: [],
    rule: () => 'It registered and has never asked for its target.',
    source: 'Its registration, and that no poll came since.',
    meaning: 'Most such devices were flashed and not yet powered again.',
    help: [
      'Power it on where it is to work, with a network that reaches the gateway.',
      'If it is on, check that its apiEndpoint can be reached from there.',
    ],
  },
  {
    code: 'late',
    layer: 'supervisor',
    title: 'Late',
    limits: [],
    rule: () => 'No poll for 1.5 of its poll intervals; 15 s later it counts as offline.',
    source: 'When it last asked for its target.',
    meaning: 'One lost poll is common on weak networks.',
    help: ['Wait for the next poll; nothing needs to be done yet.'],
  },
  {
    code: 'flaky-network',
    layer: 'network',
    title: 'Flaky network',
    limits: ['networkDrops', 'networkWindowMinutes'],
    rule: (limits) =>
      `Polls stayed out and came back ${limits.networkDrops} times within ${limits.networkWindowMinutes} min, with no reboot in between.`,
    source:
      'Gaps between its polls; a gap that a reboot or a restart of the gateway explains does not count.',
    meaning: 'The device runs; its way to the gateway comes and goes.',
    help: [
      'Look at signal strength, cable and switch port; move the antenna or the access point.',
      'See whether other devices at the site drop at the same moments: then it is the uplink.',
      'Switch deltas on, and hold large updates back until the link is steady.',
    ],
  },
  {
    code: 'supervisor-hung',
    layer: 'supervisor',
    title: 'Supervisor hung',
    limits: ['supervisorSilentMinutes'],
    rule: (limits) =>
      `No state report for ${limits.supervisorSilentMinutes} min although the device polls, or no poll although its log lines arrive.`,
    source: 'When it last polled, when it last reported, and when its newest log line came.',
    meaning: 'Power and network work and the containers usually go on; what is shown of them is old.',
    help: [
      'Follow the logs to see whether the services still do their work.',
      'Restart the balena-supervisor unit on the device; the containers keep running meanwhile.',
      'Reboot only when that cannot be done: a reboot stops the services too.',
    ],
  },
  {
    code: 'supervisor-restarting',
    layer: 'supervisor',
    title: 'Supervisor restarting',
    limits: ['crashLoopRestarts', 'rebootMemoryMinutes'],
    rule: (limits) =>
      `The supervisor restarted ${limits.crashLoopRestarts} times within ${limits.rebootMemoryMinutes} min.`,
    source: 'The counter supervisor.restarts that the device tells with its tags.',
    meaning: 'The services usually go on running meanwhile.',
    help: [
      'Check memory and storage of the device first.',
      'Compare its supervisor version with that of devices that are well.',
    ],
  },
]
