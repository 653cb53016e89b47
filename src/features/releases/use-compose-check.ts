import { useQuery } from '@tanstack/react-query'
import { useSettled } from '@/lib/use-settled'
import { releaseQueries } from './releases.queries'

const TYPING_PAUSE_MS = 400

/** What is wrong with a compose file, asked of the gateway after a pause in typing. */
export function useComposeCheck(fleetId: number, composeYaml: string) {
  const settled = useSettled(composeYaml, TYPING_PAUSE_MS)
  const isEmpty = settled.trim() === ''
  const query = useQuery({ ...releaseQueries.check(fleetId, settled), enabled: !isEmpty })
  const isOld = settled !== composeYaml || query.isPlaceholderData
  const state = isEmpty
    ? ('empty' as const)
    : query.isError
      ? ('failed' as const)
      : query.data === undefined || isOld
        ? ('checking' as const)
        : ('checked' as const)
  return {
    state,
    failure: query.error?.message,
    problems: isEmpty ? [] : (query.data?.problems ?? []),
    services: isEmpty ? [] : (query.data?.services ?? []),
    isValid: state === 'checked' && query.data?.isValid === true,
  }
}
