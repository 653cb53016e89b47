import type { Webhook } from '#contract/webhook'
import { toast } from '@/ui/toast.store'
import { useTestWebhook } from './webhooks.mutations'

/** Sends a test and says how it went. */
export function useSendTest(webhook: Pick<Webhook, 'id' | 'name'>) {
  const test = useTestWebhook(webhook.id)
  const link = { to: `/settings/webhooks/${webhook.id}`, label: 'Delivery log' }
  return {
    isPending: test.isPending,
    send: () =>
      test.mutate(undefined, {
        onSuccess: ({ state, statusCode, error, tookMs }) =>
          state === 'delivered'
            ? toast('ok', `“${webhook.name}” answered ${statusCode ?? ''} in ${tookMs ?? 0} ms.`, link)
            : toast('critical', `The test of “${webhook.name}” failed: ${error ?? 'no answer'}`, link),
        onError: (error) => toast('critical', `No test was sent. ${error.message}`),
      }),
  }
}
