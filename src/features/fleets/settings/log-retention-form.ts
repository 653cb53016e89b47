import { z } from 'zod'
import { MIN_LOG_RETENTION_BYTES, type LogRetentionLimits } from '#contract/log-search'

const GIGABYTE = 1_000_000_000
const least = MIN_LOG_RETENTION_BYTES / GIGABYTE

const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text))

/** A number within bounds, or nothing. */
const optionalNumber = (minimum: number, maximum: number) =>
  z.string().refine((text) => {
    const number = numberOf(text)
    return number === null || (number >= minimum && number <= maximum)
  }, `must be a number from ${minimum} to ${maximum}, or empty`)

/** What is typed; empty means that the gateway's own setting holds. */
export const retentionForm = z.object({
  days: optionalNumber(0.1, 3650),
  gigabytes: optionalNumber(least, 1_000_000),
})
export type RetentionValues = z.output<typeof retentionForm>

export function limitsOf(values: RetentionValues): LogRetentionLimits {
  const gigabytes = numberOf(values.gigabytes)
  return {
    days: numberOf(values.days),
    bytes: gigabytes === null ? null : Math.round(gigabytes * GIGABYTE),
  }
}

export const valuesOf = ({ days, bytes }: LogRetentionLimits): RetentionValues => ({
  days: days === null ? '' : String(days),
  gigabytes: bytes === null ? '' : String(bytes / GIGABYTE),
})
