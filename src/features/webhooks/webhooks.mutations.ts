import { useMutation, useQueryClient } from '@tanstack/react-query'
import { callApi, type CallInput } from '@/lib/api'
import { webhookKeys } from './webhooks.queries'

function useWebhookWrite<V, R>(mutationFn: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    // The answer may hold a secret: it goes as soon as nobody looks at it.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: webhookKeys.all }),
  })
}

export type WebhookChange = NonNullable<CallInput<'updateWebhook'>['body']>

export const useCreateWebhook = () =>
  useWebhookWrite((body: CallInput<'createWebhook'>['body']) => callApi('createWebhook', { body }))

export const useUpdateWebhook = (webhookId: number) =>
  useWebhookWrite((body: WebhookChange) => callApi('updateWebhook', { params: { webhookId }, body }))

export const useRotateSecret = (webhookId: number) =>
  useWebhookWrite(() => callApi('rotateWebhookSecret', { params: { webhookId } }))

export const useDeleteWebhook = (webhookId: number) =>
  useWebhookWrite(() => callApi('deleteWebhook', { params: { webhookId } }))

export const useTestWebhook = (webhookId: number) =>
  useWebhookWrite(() => callApi('testWebhook', { params: { webhookId } }))

export const useRedeliver = (webhookId: number) =>
  useWebhookWrite((deliveryId: number) =>
    callApi('redeliverWebhookDelivery', { params: { webhookId, deliveryId } }),
  )
