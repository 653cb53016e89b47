import { z } from 'zod'
import { cursor, id } from './query.ts'
import { defineRoutes } from './route.ts'
import {
  createWebhookBody,
  updateWebhookBody,
  webhook,
  webhookDelivery,
  webhookDeliveryPage,
  webhookDeliveryQuery,
  webhookWithSecret,
} from './webhook.ts'

const params = z.object({ webhookId: id })

export const webhookRoutes = defineRoutes({
  listWebhooks: {
    method: 'GET',
    path: '/api/v1/webhooks',
    tag: 'Webhooks',
    summary: 'Addresses that are called when a rollout needs somebody or ends',
    permission: 'admin',
    response: z.object({ cursor, webhooks: z.array(webhook) }),
  },
  createWebhook: {
    method: 'POST',
    path: '/api/v1/webhooks',
    tag: 'Webhooks',
    summary: 'Add a webhook; the key of its signature is shown this once',
    permission: 'admin',
    body: createWebhookBody,
    status: 201,
    response: webhookWithSecret,
  },
  updateWebhook: {
    method: 'PATCH',
    path: '/api/v1/webhooks/:webhookId',
    tag: 'Webhooks',
    summary: 'Change a webhook, or switch it off or on; what waits is sent once it is on again',
    permission: 'admin',
    params,
    body: updateWebhookBody,
    response: webhook,
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/api/v1/webhooks/:webhookId/rotate-secret',
    tag: 'Webhooks',
    summary: 'Sign with a new key from the next attempt on; it is shown this once',
    permission: 'admin',
    params,
    response: webhookWithSecret,
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
  testWebhook: {
    method: 'POST',
    path: '/api/v1/webhooks/:webhookId/test',
    tag: 'Webhooks',
    summary: 'Send a test at once, also while switched off; answers how it went, and is not sent again',
    permission: 'admin',
    limit: 'heavy',
    params,
    status: 201,
    response: webhookDelivery,
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
  redeliverWebhookDelivery: {
    method: 'POST',
    path: '/api/v1/webhooks/:webhookId/deliveries/:deliveryId/redeliver',
    tag: 'Webhooks',
    summary: 'Send a delivery again under its number, or one that waits without further waiting',
    permission: 'admin',
    params: params.extend({ deliveryId: id }),
    status: 202,
    response: webhookDelivery,
  },
})
