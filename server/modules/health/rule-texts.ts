import type { HealthRule } from '#contract/health'

/** Every reason a device can show, in words for the person who meets it. */
export const ruleTexts: readonly HealthRule[] = [
  {
    code: 'offline',
    layer: 'supervisor',
    title: 'Offline',
    explanation:
      'It has not polled for 1.5 of its poll intervals and 15 s. Critical after 24 h. Everything else shown is what it last said.',
    help: 'Check power and network at the site. It keeps running its last target and comes back by itself.',
  },
  {
    code: 'never-seen',
    layer: 'supervisor',
    title: 'Never seen',
    explanation: 'It registered but has never asked for its target.',
    help: 'Often a device that was flashed and not yet powered again.',
  },
  {
    code: 'late',
    layer: 'supervisor',
    title: 'Late',
    explanation: 'It missed its usual poll, but is not yet counted as offline.',
    help: 'Nothing to do yet: bad networks do this all the time.',
  },
  {
    code: 'undervoltage',
    layer: 'hardware',
    title: 'Undervoltage',
    explanation: 'The board reports a supply voltage that is too low.',
    help: 'Replace the power supply or a long, thin cable. It precedes corrupt storage and random reboots.',
  },
  {
    code: 'cpu-temperature',
    layer: 'hardware',
    title: 'CPU too hot',
    explanation: 'The CPU temperature is at or above the fleet’s limit.',
    help: 'Check ventilation, sun and dust; see whether one service keeps the CPU busy.',
  },
  {
    code: 'storage-nearly-full',
    layer: 'host-os',
    title: 'Storage nearly full',
    explanation:
      'The data partition is filled beyond the fleet’s limit. Updates fail when images no longer fit.',
    help: 'Look for logs or caches in volumes; purge data if the application allows.',
  },
  {
    code: 'memory-pressure',
    layer: 'host-os',
    title: 'Memory pressure',
    explanation: 'Memory use is at or above the fleet’s limit.',
    help: 'Look for a service that grows; restart it or limit it in the compose file.',
  },
  {
    code: 'unexpected-reboot',
    layer: 'hardware',
    title: 'Unexpected reboot',
    explanation:
      'It rebooted without being asked within the remembered time, usually because power was lost.',
    help: 'If it repeats, check the power supply.',
  },
  {
    code: 'watchdog-reboot',
    layer: 'host-os',
    title: 'Watchdog reboot',
    explanation: 'The hardware watchdog rebooted a system that had hung.',
    help: 'If it repeats, suspect the host OS version or failing storage.',
  },
  {
    code: 'os-rollback',
    layer: 'host-os',
    title: 'Host OS rolled back',
    explanation: 'A host OS update did not come up healthy and the device booted its old slot again.',
    help: 'The device works. Read its os-update log before trying that version again.',
  },
  {
    code: 'supervisor-restarting',
    layer: 'supervisor',
    title: 'Supervisor restarting',
    explanation: 'The supervisor restarted several times within the remembered time.',
    help: 'Check memory and storage; the services usually go on running meanwhile.',
  },
  {
    code: 'service-crash-loop',
    layer: 'service',
    title: 'Service crash-looping',
    explanation:
      'A service exited and was restarted several times within the window. The device itself is reachable.',
    help: 'Read that service’s logs; pin the device to the release before.',
  },
  {
    code: 'service-not-running',
    layer: 'service',
    title: 'Service not running',
    explanation: 'A service of its target is not running.',
    help: 'Start or restart the service; read its last log lines.',
  },
  {
    code: 'service-wrong-release',
    layer: 'service',
    title: 'Service runs another release',
    explanation: 'No update is under way, yet a service runs another release than its target.',
    help: 'Ask it to update now; look for an update lock.',
  },
  {
    code: 'update-stuck',
    layer: 'supervisor',
    title: 'Update stuck',
    explanation: 'An update is under way but has not moved for the fleet’s limit.',
    help: 'Look at the network and storage, and for an update lock held by the application.',
  },
  {
    code: 'update-rejected',
    layer: 'supervisor',
    title: 'Update rejected',
    explanation: 'The device refused the release: its contract asks for something the device lacks.',
    help: 'Pin the device to a release that fits it.',
  },
  {
    code: 'clock-skew',
    layer: 'host-os',
    title: 'Clock wrong',
    explanation:
      'Its clock differs from the gateway’s by more than the fleet’s limit, measured on live log lines.',
    help: 'Check that NTP can be reached; certificates fail when the clock is far off.',
  },
]
