import type { RuleText } from './rule-text.ts'

export const groundTexts: readonly RuleText[] = [
  {
    code: 'undervoltage',
    layer: 'hardware',
    title: 'Undervoltage',
    limits: [],
    rule: () => 'The board reports that its supply voltage is too low, in its last report.',
    source: 'is_undervolted of its last report.',
    meaning: 'It precedes throttling, random reboots and corrupt storage: mend it before anything else.',
    help: [
      'Replace the power supply by one of the board’s rated current.',
      'Use a shorter or thicker cable, and take USB devices off or give them power of their own.',
    ],
  },
  {
    code: 'cpu-temperature',
    layer: 'hardware',
    title: 'CPU too hot',
    limits: ['cpuTemperatureAttentionC', 'cpuTemperatureCriticalC'],
    rule: (limits) =>
      `CPU at ${limits.cpuTemperatureAttentionC} °C or more; critical from ${limits.cpuTemperatureCriticalC} °C.`,
    source: 'cpu_temp of its last report.',
    meaning: 'Most boards slow down from 80 to 85 °C on.',
    help: [
      'See in the metrics whether the CPU is busy all the time: then a service is the cause.',
      'Otherwise check fan, dust, sunlight and what stands around the case.',
    ],
  },
  {
    code: 'storage-nearly-full',
    layer: 'host-os',
    title: 'Storage nearly full',
    limits: ['storageAttentionPercent', 'storageCriticalPercent'],
    rule: (limits) =>
      `Data partition ${limits.storageAttentionPercent} % full or more; critical from ${limits.storageCriticalPercent} %.`,
    source: 'storage_usage and storage_total of its last report.',
    meaning: 'Images of updates no longer fit, and services that write, databases first, begin to fail.',
    help: [
      'Look for a service that writes logs, caches or queues into a volume without a limit.',
      'Let the application delete what it can spare; purge data only where it may be lost.',
      'For updates on small disks choose the strategy delete-then-download.',
    ],
  },
  {
    code: 'memory-leak',
    layer: 'host-os',
    title: 'Memory leak',
    limits: ['memoryAttentionPercent', 'memoryLeakMinutes'],
    rule: (limits) =>
      `Memory ${limits.memoryAttentionPercent} % used or more after it rose for ${limits.memoryLeakMinutes} min, by 20 points at least, without falling.`,
    source: 'memory_usage and memory_total of its reports, from the lowest figure since memory last fell.',
    meaning:
      'Something keeps taking memory and gives none back; soon the kernel kills a process to get some.',
    help: [
      'Restart the service you suspect: when memory drops at once, it was that one.',
      'Give it a mem_limit in the compose file, so that it alone is restarted.',
      'Compare with devices on the release before; pin back if only the new one leaks.',
    ],
  },
  {
    code: 'memory-pressure',
    layer: 'host-os',
    title: 'Memory pressure',
    limits: ['memoryAttentionPercent'],
    rule: (limits) => `Memory ${limits.memoryAttentionPercent} % used or more.`,
    source: 'memory_usage and memory_total of its last report.',
    meaning: 'The system becomes slow and may kill a process to get memory.',
    help: [
      'See in the metrics whether it grows or stands: standing high may just be a cache.',
      'Limit the largest service with mem_limit, or run fewer services on this device type.',
    ],
  },
  {
    code: 'unexpected-reboot',
    layer: 'hardware',
    title: 'Unexpected reboot',
    limits: ['rebootMemoryMinutes'],
    rule: (limits) => `It rebooted without being asked; shown for ${limits.rebootMemoryMinutes} min.`,
    source: 'boot.at and boot.reason that the device tells with its tags.',
    meaning: 'Usually its power was gone for a moment.',
    help: [
      'Once is often somebody at the plug: nothing to do.',
      'If it repeats, check the power supply, and whether reboots come at fixed hours.',
    ],
  },
  {
    code: 'watchdog-reboot',
    layer: 'host-os',
    title: 'Watchdog reboot',
    limits: ['rebootMemoryMinutes'],
    rule: (limits) =>
      `The hardware watchdog rebooted a system that hung; shown for ${limits.rebootMemoryMinutes} min.`,
    source: 'boot.at and boot.reason that the device tells with its tags.',
    meaning: 'Kernel, drivers or storage stopped answering; the application rarely can do that.',
    help: [
      'See whether others on this host OS version show it too: then go back to the version before.',
      'On one device alone suspect its storage: read the kernel log for I/O errors.',
    ],
  },
  {
    code: 'os-rollback',
    layer: 'host-os',
    title: 'Host OS rolled back',
    limits: [],
    rule: () => 'The device says that a host OS update went back to the slot before.',
    source: 'hostos.rollback that the device tells with its tags.',
    meaning: 'The new slot did not boot or was not healthy in time. The device works, on its old version.',
    help: [
      'Read the os-update lines in its log before that version is tried again.',
      'If several devices of one type went back, stop that version for the type.',
    ],
  },
  {
    code: 'clock-skew',
    layer: 'host-os',
    title: 'Clock wrong',
    limits: ['clockSkewSeconds'],
    rule: (limits) =>
      `Its clock differs from the gateway’s by ${limits.clockSkewSeconds} s or more, measured on its log lines.`,
    source: 'The times its log lines carry, against those at which they came.',
    meaning: 'Far off, every TLS certificate is refused; log lines and data carry false times.',
    help: [
      'Check that NTP (UDP port 123) can leave the site, or set ntpServers in config.json.',
      'A clock that is years off after each power cut lacks a battery-backed clock, or its battery is empty.',
    ],
  },
]
