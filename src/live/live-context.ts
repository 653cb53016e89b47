import { createContext, useContext } from 'react'
import type { LiveClient } from './live-client'

export const LiveContext = createContext<LiveClient | null>(null)

/** @throws Error outside of the signed-in part of the app, where no connection exists. */
export function useLiveClient(): LiveClient {
  const client = useContext(LiveContext)
  if (!client) throw new Error('There is no live connection here: wrap the page in LiveContext')
  return client
}
