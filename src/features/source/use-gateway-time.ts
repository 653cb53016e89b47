import { useNow } from '@/lib/time'
import { useConnection } from '@/live/connection.store'
import { gatewayTimeMs } from './source-age-words'
import type { HeardSource } from './source.queries'

/** Whether the gateway is heard, so that what it does not say means something. */
export const useIsHeard = (): boolean =>
  useConnection(({ status }) => status === 'live' || status === 'connecting')

/** The time at the gateway, ms since the epoch; it stands still while the gateway is not heard. */
export function useGatewayTime(told: HeardSource): number {
  const nowMs = useNow()
  return gatewayTimeMs(told, useIsHeard() ? nowMs : told.heardAtMs)
}
