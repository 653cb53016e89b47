import type { FastifyRequest } from 'fastify'
import type { Problem } from './problem.ts'

/**
 * Whether the log is to tell of a refusal: who was not let in or wanted more than they may. Devices with an old key come again
 * and again, and a page that nobody is signed in to asks who is: neither is told.
 */
function isTold({ status }: Problem, request: Pick<FastifyRequest, 'url' | 'method' | 'headers'>): boolean {
  if (!request.url.startsWith('/api/')) return false
  if (status === 403 || status === 429) return true
  const { authorization, cookie } = request.headers
  return status === 401 && (request.method !== 'GET' || authorization !== undefined || cookie !== undefined)
}

type Refused = Pick<FastifyRequest, 'url' | 'method' | 'headers' | 'caller' | 'id' | 'ip'> & {
  routeOptions: { url?: string | undefined }
  log: { info: (fields: object, message: string) => void }
}

/** Tells who was refused what, and from where. No address with its query and no header: secrets may be in them. */
export function logRefusal(problem: Problem, request: Refused): void {
  if (!isTold(problem, request)) return
  const { caller } = request
  request.log.info(
    {
      requestId: request.id,
      route: `${request.method} ${request.routeOptions.url ?? 'none'}`,
      code: problem.code,
      address: request.ip,
      ...(caller
        ? { by: caller.userId === null ? `token ${caller.name}` : `user ${String(caller.userId)}` }
        : {}),
    },
    'a request was refused',
  )
}
