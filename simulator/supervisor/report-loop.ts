import type { DeviceReport } from '#contract/device-protocol'
import { stepMetrics, toReported, type Metrics } from '../device/metrics-walk.ts'
import { activeVersion } from '../device/os-slots.ts'
import { backOff } from '../pace.ts'
import { diffReport, isMetricsOnly, reportApps } from './report.ts'
import type { Session } from '../device/session.ts'
import { isTrouble } from './trouble.ts'

const SPACING_MS = 10_000
const METRICS_EVERY_MS = 300_000
const FIRST_RETRY_MS = 15_000
/** Of what is stored at rest, this much is in volumes. */
const VOLUMES_SHARE = 0.4

export type ReportLoop = {
  start: () => void
  /** Something a report tells has changed. */
  noteChange: () => void
  /** What the volumes held is gone: storage falls at once, and stays there unless something fills it. */
  freeStorage: () => void
  metrics: () => Metrics
}

/**
 * Current-state reports (device-protocol section 3): everything at first, then only what changed; at once when the last
 * report is 10 s old, metrics alone every 300 s. `beforeSend` runs first, so that tags arrive before what rests on them.
 */
export function makeReportLoop(
  session: Session,
  startMetrics: Metrics,
  beforeSend: () => Promise<void>,
  onSent: () => void,
): ReportLoop {
  const { client, disk, link, pace, plan, timers, around } = session
  const random = session.random.fork('metrics')
  let told: DeviceReport = {}
  let metrics = startMetrics
  let steppedAt = pace.now()
  let lastSentAt = Number.NEGATIVE_INFINITY
  let failures = 0
  let isSending = false
  let isChanged = false
  let cancel: (() => void) | null = null

  function current(): DeviceReport {
    const now = pace.now()
    metrics = stepMetrics(metrics, plan, around.strain(), now - steppedAt, random)
    steppedAt = now
    return {
      api_port: 48_484,
      api_secret: plan.apiSecret,
      os_version: `balenaOS ${activeVersion(disk.slots)}`,
      os_variant: plan.osVariant,
      mac_address: plan.macAddress,
      supervisor_version: plan.supervisorVersion,
      provisioning_progress: null,
      provisioning_state: '',
      status: 'Idle',
      logs_channel: null,
      ip_address: plan.ipAddress,
      ...toReported(metrics, plan),
      ...(disk.target ? { apps: reportApps(disk.engine, disk.target.release, disk.target.appUuids) } : {}),
    }
  }

  async function send(): Promise<void> {
    cancel = null
    if (!around.isReporting()) return
    if (isSending) {
      isChanged = true
      return
    }
    const now = pace.now()
    const report = diffReport(told, current())
    if (!report || (isMetricsOnly(report) && now - lastSentAt < METRICS_EVERY_MS)) return
    isSending = true
    try {
      await beforeSend()
      await link.use((signal) => client.report(report, signal))
      told = { ...told, ...report }
      lastSentAt = pace.now()
      failures = 0
      onSent()
    } catch (error) {
      if (!isTrouble(error)) throw error
      schedule(Math.min(backOff(failures++, FIRST_RETRY_MS, Number.MAX_SAFE_INTEGER), 900_000))
      return
    } finally {
      isSending = false
    }
    if (isChanged) {
      isChanged = false
      noteChange()
    }
  }

  function schedule(deviceMs: number): void {
    cancel ??= timers.after(Math.max(0, deviceMs), send)
  }

  function noteChange(): void {
    if (isSending) isChanged = true
    else schedule(lastSentAt + SPACING_MS - pace.now())
  }

  function tick(): void {
    if (failures === 0) noteChange()
    timers.after(METRICS_EVERY_MS, tick)
  }

  return {
    start() {
      noteChange()
      timers.after(random.between(0.2, 1) * METRICS_EVERY_MS, tick)
    },
    noteChange,
    freeStorage() {
      disk.freedPercent = plan.calm.storagePercent * VOLUMES_SHARE
      const storagePercent = Math.min(metrics.storagePercent, plan.calm.storagePercent - disk.freedPercent)
      metrics = { ...metrics, storagePercent }
      noteChange()
    },
    metrics: () => metrics,
  }
}
