import { useState } from 'react'

/** The `#token=…` of a one-time link. It never leaves the browser but in the request that uses it. */
export function useHashToken(): string | null {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token'))
  return token === '' ? null : token
}
