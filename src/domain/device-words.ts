import type { Connectivity, UpdateState } from '#contract/device'
import type { ActionKind } from '#contract/device-action'
import type { Health, HealthCode, HealthReason, Layer } from '#contract/health'
import type { LogLevel } from '#contract/log'
import type { RolloutDeviceState, RolloutState } from '#contract/rollout'
import type { Tone } from '@/ui/status'

/** How the states of devices are called and toned on screen, the same everywhere. */
type Words<K extends string> = Record<K, { label: string; tone: Tone }>

export const healthWords: Words<Health> = {
  critical: { label: 'Critical', tone: 'critical' },
  attention: { label: 'Attention', tone: 'attention' },
  unknown: { label: 'Unknown', tone: 'unknown' },
  ok: { label: 'OK', tone: 'ok' },
}

export const connectivityWords: Words<Connectivity> = {
  online: { label: 'Online', tone: 'ok' },
  late: { label: 'Late', tone: 'attention' },
  offline: { label: 'Offline', tone: 'unknown' },
  never: { label: 'Never seen', tone: 'unknown' },
}

export const updateWords: Words<UpdateState> = {
  idle: { label: 'Up to date', tone: 'neutral' },
  waiting: { label: 'Waiting', tone: 'updating' },
  downloading: { label: 'Downloading', tone: 'updating' },
  downloaded: { label: 'Downloaded', tone: 'updating' },
  applying: { label: 'Installing', tone: 'updating' },
  rejected: { label: 'Rejected', tone: 'critical' },
  aborted: { label: 'Aborted', tone: 'attention' },
}

export const layerWords: Record<Layer, string> = {
  hardware: 'Hardware',
  network: 'Network',
  'host-os': 'Host OS',
  engine: 'Engine',
  supervisor: 'Supervisor',
  service: 'Service',
}

export const reasonWords: Record<HealthCode, string> = {
  offline: 'Offline',
  'never-seen': 'Never seen',
  late: 'Late',
  undervoltage: 'Undervoltage',
  'cpu-temperature': 'CPU too hot',
  'storage-nearly-full': 'Storage nearly full',
  'memory-pressure': 'Memory pressure',
  'memory-leak': 'Memory leak',
  'unexpected-reboot': 'Unexpected reboot',
  'watchdog-reboot': 'Watchdog reboot',
  'os-rollback': 'Host OS rolled back',
  'flaky-network': 'Flaky network',
  'supervisor-hung': 'Supervisor hung',
  'supervisor-restarting': 'Supervisor restarting',
  'service-crash-loop': 'Service crash-looping',
  'service-not-running': 'Service not running',
  'service-wrong-release': 'Not on target release',
  'update-locked': 'Update lock held',
  'update-stuck': 'Update stuck',
  'update-rejected': 'Update rejected',
  'clock-skew': 'Clock wrong',
}

/** What is wrong and in which layer, as one heading: `Service api: crash-looping`, `Hardware: CPU too hot`. */
export function reasonHeading({ layer, service, code }: Pick<HealthReason, 'layer' | 'service' | 'code'>) {
  const word = service === undefined ? layerWords[layer] : layerWords.service
  const title = reasonWords[code]
  const rest = title.startsWith(`${word} `) ? title.slice(word.length + 1) : title
  const isAcronym = /^[A-Z]{2}/.test(rest)
  const where = service === undefined ? word : `${word} ${service}`
  return `${where}: ${isAcronym ? rest : rest.charAt(0).toLowerCase() + rest.slice(1)}`
}

export const rolloutWords: Words<RolloutState> = {
  running: { label: 'Running', tone: 'updating' },
  paused: { label: 'Paused', tone: 'attention' },
  completed: { label: 'Completed', tone: 'ok' },
  aborted: { label: 'Aborted', tone: 'unknown' },
  'rolling-back': { label: 'Rolling back', tone: 'updating' },
  'rolled-back': { label: 'Rolled back', tone: 'attention' },
}

export const rolloutDeviceWords: Words<RolloutDeviceState> = {
  waiting: { label: 'Waiting', tone: 'neutral' },
  offered: { label: 'Offered', tone: 'updating' },
  downloading: { label: 'Downloading', tone: 'updating' },
  installing: { label: 'Installing', tone: 'updating' },
  rebooting: { label: 'Rebooting', tone: 'updating' },
  verifying: { label: 'Verifying', tone: 'updating' },
  succeeded: { label: 'Succeeded', tone: 'ok' },
  failed: { label: 'Failed', tone: 'critical' },
  'rolled-back': { label: 'Rolled back', tone: 'attention' },
  skipped: { label: 'Skipped', tone: 'neutral' },
  offline: { label: 'Offline, still owed', tone: 'unknown' },
}

export const logLevelWords: Words<LogLevel> = {
  error: { label: 'Error', tone: 'critical' },
  warning: { label: 'Warning', tone: 'attention' },
  info: { label: 'Info', tone: 'neutral' },
  debug: { label: 'Debug', tone: 'unknown' },
}

export const actionWords: Record<ActionKind, string> = {
  'restart-service': 'Restart service',
  'restart-application': 'Restart all services',
  'stop-service': 'Stop service',
  'start-service': 'Start service',
  reboot: 'Reboot',
  shutdown: 'Shut down',
  identify: 'Identify (blink)',
  'update-now': 'Update now',
  purge: 'Purge data',
  'override-lock': 'Override update locks',
  'collect-diagnostics': 'Collect diagnostics',
  'rotate-key': 'Rotate key',
}
