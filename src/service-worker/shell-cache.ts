/** As long as the gateway may take to answer before what is kept is taken in its place. */
const ANSWER_WITHIN_MS = 4_000

type Net = {
  fetch: (request: Request) => Promise<Response>
  /** What is kept of an address; null: nothing. */
  kept: (address: string) => Promise<Response | null>
  wait?: (ms: number) => Promise<void>
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Addresses that the app itself understands; the gateway answers every one of them with the same page. */
export function isPageAddress(path: string): boolean {
  return !/\.[a-z0-9]+$/i.test(path) && !/^\/(api|device|v7|api-key|assets|socket\.io)(\/|$)/.test(path)
}

/** A proxy's word that the gateway behind it does not answer. */
const isDown = ({ status }: Response) => status === 502 || status === 503 || status === 504

/**
 * As the gateway has it now, so that an app that was updated is never an old one; what is kept under `address` only when
 * there is no answer, or none in time.
 */
export async function freshest(request: Request, address: string, net: Net): Promise<Response> {
  const answered = net.fetch(request)
  const usable = answered.then(
    (response) => (isDown(response) ? null : response),
    () => null,
  )
  const late = (net.wait ?? wait)(ANSWER_WITHIN_MS).then(() => null)
  return (await Promise.race([usable, late])) ?? (await net.kept(address)) ?? answered
}

/** What is kept: a file whose name changes with its content stays what it is. */
export async function keptFirst(request: Request, address: string, net: Net): Promise<Response> {
  return (await net.kept(address)) ?? net.fetch(request)
}

/**
 * An answer without hints of what else to fetch: whoever starts without the gateway would fetch it in vain. Its body is
 * unpacked already.
 */
export function withoutHints(response: Response): Response {
  const headers = new Headers(response.headers)
  for (const name of ['link', 'content-encoding', 'content-length']) headers.delete(name)
  return new Response(response.body, { status: response.status, headers })
}
