import { z } from 'zod'

/** A list that travels as `a,b,c` in a URL and as an array in code; an absent list is empty. */
export const commaList = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => {
    if (value === undefined || value === null || value === '') return []
    return typeof value === 'string' ? value.split(',').filter((part) => part !== '') : value
  }, z.array(item).max(200))

/** `true`/`false` in a URL. */
export const queryBoolean = z.preprocess((value) => {
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  return value
}, z.boolean())

/** Keyset paging: `after` is the opaque `next` of the page before; `limit` rows, 1-200. */
export const pageQuery = z.object({
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const instant = z.iso.datetime({ offset: true })
export const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)
/** The live revision a snapshot was read at: patches with `to` <= cursor are already in it. */
export const cursor = z.int().nonnegative()
export const deviceUuid = z
  .string()
  .regex(/^([0-9a-f]{32}|[0-9a-f]{62})$/, 'must be 32 or 62 lower-case hexadecimal characters')
