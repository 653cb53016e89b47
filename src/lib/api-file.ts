import type { RouteName } from '#contract/routes'
import { received, request, type CallArgs, type LooseInput } from './api'

const FILE_CUT_OFF = 'The connection broke before the whole file was there; try again.'

/** A file that a route answered with; `name` as the gateway calls it, null when it does not say. */
export type ApiFile = { content: Blob; name: string | null }

/**
 * Calls a route that answers with a file and waits for the whole of it, so that a failure can be told: for files that fit
 * into memory; a link (`apiPath`) is for those that may not.
 * @throws ApiError when refused, unreachable, or cut off half-way.
 */
export async function fetchFile<N extends RouteName>(name: N, ...args: CallArgs<N>): Promise<ApiFile> {
  return request(name, (args[0] ?? {}) as LooseInput, '*/*', async (response) => {
    const disposition = response.headers.get('content-disposition') ?? ''
    const content = await received(response.blob(), FILE_CUT_OFF)
    return { content, name: /filename="([^"]+)"/.exec(disposition)?.[1] ?? null }
  })
}
