/** What the registry's advisory service knows of the packages that ship, as `npm audit --json --omit dev` tells it. */
import { z } from 'zod'
import type { Totals } from './test-report.ts'

/** An advisory that does not concern Wheelhouse, or not yet. `until`: when it is to be looked at again. */
export type Accepted = { url: string; reason: string; until: string }

/** None is known. */
export const accepted: readonly Accepted[] = []

export const CHECK_NAME = 'advisories of dependencies'
const grave = new Set(['high', 'critical'])

const advisory = z.object({ name: z.string(), title: z.string(), url: z.string(), severity: z.string() })
const auditReport = z.object({
  vulnerabilities: z.record(
    z.string(),
    // A text names another package of the list, which has the advisory itself.
    z.object({ via: z.array(z.union([z.string(), advisory])) }),
  ),
})
const failure = z.object({
  message: z.string().optional(),
  error: z.object({ summary: z.string().optional() }).optional(),
})

const nothing: Totals = { passed: 0, failed: 0, skipped: [], failures: [] }

/** The service could not be asked: no fault of the code, wherever it is checked. */
const skippedFor = (reason: string): Totals => ({
  ...nothing,
  skipped: [{ name: CHECK_NAME, reason, isExcused: true }],
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/**
 * One passed check, or a failure for each high or critical advisory that is not accepted or no longer is. What is no report is
 * skipped: there is no network here, or the registry does not answer such questions.
 */
export function judgeAudit(said: string, known: readonly Accepted[], today: Date): Totals {
  const answer = parsed(said)
  const report = auditReport.safeParse(answer)
  if (!report.success) {
    const told = failure.safeParse(answer).data
    const why = told?.error?.summary || told?.message || 'npm audit gave no report'
    return skippedFor(`the advisory service cannot be asked from here: ${why.split('\n')[0] ?? ''}`)
  }
  const advisories = Object.values(report.data.vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((one) => typeof one !== 'string')
    .filter(({ severity }) => grave.has(severity))
  const byUrl = new Map(advisories.map((one) => [one.url, one]))
  const failures = [...byUrl.values()].flatMap(({ name, title, url, severity }) => {
    const own = known.find((one) => one.url === url)
    if (own && new Date(own.until) > today) return []
    const late = own ? `; it was accepted until ${own.until}: ${own.reason}` : ''
    return [{ name: `${name}: ${title}`, message: `${severity}, ${url}${late}` }]
  })
  return failures.length === 0 ? { ...nothing, passed: 1 } : { ...nothing, failed: failures.length, failures }
}
