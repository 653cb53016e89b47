import { z } from 'zod'
import { id } from './query.ts'
import { defineRoutes } from './route.ts'
import {
  createdWebhook,
  createWebhookBody,
  webhook,
  webhookDelivery,
  webhookDeliveryPage,
  webhookDeliveryQuery,
} from './webhook.ts'

const params = z.object({ webhookId: id })

export const webhookRoutes = defineRoutes({
  listWebhooks: {
    method: 'GET',
    path: '/api/v1/webhooks',
    tag: 'Webhooks',
    summary: 'Addresses that are called when a rollout needs somebody or ends',
    permission: 'admin',
    response: z.object({ webhooks: z.array(webhook) }),
  },
  createWebhook: {
    method: 'POST',
    path: '/api/v1/webhooks',
    tag: 'Webhooks',
    summary: 'Add a webhook; the key of its signature is shown this once',
    permission: 'admin',
    body: createWebhookBody,
    status: 201,
    response: createdWebhook,
  },
  updateWebhook: {
    method: 'PATCH',
    path: '/api/v1/webhooks/:webhookId',
    tag: 'Webhooks',
    summary: 'Switch a webhook off or on',
    permission: 'admin',
    params,
    body: z.object({ isEnabled: z.boolean() }),
    response: webhook,
  },
  deleteWebhook: {
    method: 'DELETE',
    path: '/api/v1/webhooks/:webhookId',
    tag: 'Webhooks',
    summary: 'Remove a webhook with its delivery log',
    permission: 'admin',
    params,
    status: 204,
  },
  listWebhookDeliveries: {
    method: 'GET',
    path: '/api/v1/webhooks/:webhookId/deliveries',
    tag: 'Webhooks',
    summary: 'What was sent to it and how it answered, newest first',
    permission: 'admin',
    params,
    query: webhookDeliveryQuery,
    response: webhookDeliveryPage,
  },
  retryWebhookDelivery: {
    method: 'POST',
    path: '/api/v1/webhooks/:webhookId/deliveries/:deliveryId/retry',
    tag: 'Webhooks',
    summary: 'Send a delivery that failed once more',
    permission: 'admin',
    params: params.extend({ deliveryId: id }),
    status: 202,
    response: webhookDelivery,
  },
})
