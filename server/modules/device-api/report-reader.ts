import type { z } from 'zod'
import { deviceReport, stateReport, uuidOnWire, type DeviceReport } from '#contract/device-protocol'
import { storable } from '../../platform/db/storable-text.ts'

type Apps = NonNullable<DeviceReport['apps']>
type Read = { success: true; data: Record<string, DeviceReport> } | { success: false; error: z.ZodError }

const MAX_APPS = 2_000
/** Longer ones are too many bytes to keep for what they save. */
const MAX_APPS_LENGTH = 20_000

const isRecord = (body: unknown): body is Record<string, unknown> =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
const withoutApps = deviceReport.omit({ apps: true })
const appsOf = deviceReport.shape.apps

/**
 * Reads bodies of reports. `apps` are the dearest part to check and the same for all devices that run the same: one that
 * was read before is answered as the same object, so that whoever compares sees at once that nothing is new in it.
 */
export class ReportReader {
  readonly #apps = new Map<string, Apps>()

  /** The reports by uuid, with texts as the store can hold them; the answer is that of `stateReport` on the body. */
  read(body: unknown): Read {
    if (!isRecord(body)) return readAll(body)
    const reports: Record<string, DeviceReport> = {}
    for (const [uuid, part] of Object.entries(body)) {
      const report = uuidOnWire.safeParse(uuid).success ? this.#readOne(part) : null
      // What is wrong with it, in the words of the contract.
      if (report === null) return readAll(body)
      reports[uuid] = report
    }
    return { success: true, data: reports }
  }

  #readOne(part: unknown): DeviceReport | null {
    const flat = withoutApps.safeParse(part)
    if (!flat.success) return null
    const report = storable(flat.data)
    const told = (part as { apps?: unknown }).apps
    if (told === undefined) return report
    const apps = this.#readApps(told)
    return apps === null ? null : { ...report, apps }
  }

  #readApps(told: unknown): Apps | null {
    const text = JSON.stringify(told)
    const known = this.#apps.get(text)
    if (known) return known
    const parsed = appsOf.safeParse(told)
    if (!parsed.success || parsed.data === undefined) return null
    const apps = storable(parsed.data)
    if (text.length <= MAX_APPS_LENGTH) {
      if (this.#apps.size >= MAX_APPS) this.#apps.clear()
      this.#apps.set(text, apps)
    }
    return apps
  }
}

function readAll(body: unknown): Read {
  const parsed = stateReport.safeParse(body)
  return parsed.success ? { success: true, data: storable(parsed.data) } : parsed
}
