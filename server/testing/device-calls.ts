type Call = {
  key?: string
  body?: unknown
  /** Sent as it is instead of `body`. */
  raw?: string
  headers?: Record<string, string>
}

/** Makes the requests of a device by hand, over real HTTP; answers status, headers and body as they came. */
export function deviceCalls(url: string) {
  async function call(method: string, path: string, { key, body, raw, headers = {} }: Call = {}) {
    const content = raw ?? (body === undefined ? null : JSON.stringify(body))
    const response = await fetch(`${url}${path}`, {
      method,
      body: content,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(content === null ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (): unknown => JSON.parse(text),
    }
  }
  return {
    call,
    get: (path: string, more?: Call) => call('GET', path, more),
    post: (path: string, more?: Call) => call('POST', path, more),
    patch: (path: string, more?: Call) => call('PATCH', path, more),
    /** Reports `state` of the device itself. */
    report: (device: { uuid: string; key: string }, state: unknown) =>
      call('PATCH', '/device/v3/state', { key: device.key, body: { [device.uuid]: state } }),
    tags: (device: { uuid: string; key: string }, tags: unknown) =>
      call('PATCH', '/device/v3/tags', { key: device.key, body: { [device.uuid]: tags } }),
    poll: (device: { uuid: string; key: string }, headers: Record<string, string> = {}) =>
      call('GET', `/device/v3/${device.uuid}/state`, { key: device.key, headers }),
  }
}
export type DeviceCalls = ReturnType<typeof deviceCalls>
