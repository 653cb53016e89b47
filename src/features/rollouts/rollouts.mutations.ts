import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { RolloutSnapshot, RolloutVerb } from '#contract/rollout'
import { callApi, type CallInput } from '@/lib/api'
import { joinSamples, rolloutKeys, type RolloutRequest } from './rollouts.queries'

export function useStartRollout(fleetId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: RolloutRequest) => callApi('createRollout', { params: { fleetId }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: rolloutKeys.all }),
    // Refused: the fleet is not any more as the preview shows it.
    onError: () => client.invalidateQueries({ queryKey: rolloutKeys.previews(fleetId) }),
  })
}

/**
 * A verb on a rollout. The answer is shown at once; devices follow as they change. What it answers is of no revision, so
 * the cursor held stays, and patches go on from there.
 */
export function useRolloutVerb(rolloutId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ verb, reason = '' }: { verb: RolloutVerb; reason?: string }) =>
      callApi('actOnRollout', { params: { rolloutId, verb }, body: { reason } }),
    onSuccess: ({ hadEffect: _hadEffect, ...rollout }) => {
      client.setQueryData<RolloutSnapshot>(rolloutKeys.one(rolloutId), (held) =>
        held
          ? { ...held, rollout: { ...rollout, samples: joinSamples(held.rollout.samples, rollout.samples) } }
          : held,
      )
      return client.invalidateQueries({ queryKey: [...rolloutKeys.all, 'devices', rolloutId] })
    },
    // Refused: somebody else may have moved it meanwhile.
    onError: () => client.invalidateQueries({ queryKey: rolloutKeys.one(rolloutId) }),
  })
}

export function useSavePlan(fleetId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: CallInput<'savePlanTemplate'>['body']) =>
      callApi('savePlanTemplate', { params: { fleetId }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: rolloutKeys.templates(fleetId) }),
  })
}
