import { KEY_HEADER, KEY_IN_USE } from '#contract/api-root'
import { ApiError } from './api-error'

/** A call as it is about to be sent. */
type Call = {
  method: string
  path: string
  /** Nobody has to be signed in. */
  isPublic: boolean
  headers: Record<string, string>
  body: string | null
}

const UNKNOWN = 'The gateway did not answer; it is not known whether this was done.'
/** Later than this, the same write is meant as another one. */
const SAME_WITHIN_MS = 600_000

let refusal: string | null = null
/** Until it is called with null no write is sent: it is refused with these words. */
export function refuseWrites(why: string | null): void {
  refusal = why
}

/** Keys of writes that are not settled, by what they ask for: sent again, they have the same. */
const openKeys = new Map<string, { key: string; untilMs: number }>()

/** Of what is meant now. `crypto.randomUUID` is not there over plain HTTP. */
function keyOf(intent: string): string {
  const open = openKeys.get(intent)
  openKeys.delete(intent)
  return open && open.untilMs > Date.now() ? open.key : crypto.getRandomValues(new Uint32Array(5)).join('-')
}

/** No answer, a proxy's word that there is none, or a gateway that has no room or is still at it. */
const isUnsettled = ({ status, problem }: ApiError) =>
  [0, 502, 503, 504].includes(status) || problem?.code === KEY_IN_USE

/**
 * Sends a write with a key, the same when it is sent again because it was not settled: the gateway then does it once. Where
 * nobody is signed in there is nobody whose key it could be.
 * @throws ApiError as `send` does, and when writes are refused.
 */
export async function write<T>(
  { method, path, isPublic, headers, body }: Call,
  send: () => Promise<T>,
): Promise<T> {
  if (isPublic) return send()
  if (refusal !== null) throw new ApiError(0, null, refusal)
  const intent = `${method} ${path} ${String(body)}`
  const key = keyOf(intent)
  headers[KEY_HEADER] = key
  try {
    return await send()
  } catch (error) {
    if (error instanceof ApiError && isUnsettled(error)) {
      openKeys.set(intent, { key, untilMs: Date.now() + SAME_WITHIN_MS })
      error.isUnsettled = true
      if (error.problem === null) error.message = UNKNOWN
    }
    throw error
  }
}
