import { z } from 'zod'
import { commaList } from '#contract/query'
import type { Webhook } from '#contract/webhook'

export const switchStates = ['on', 'off'] as const
/** What the list of webhooks shows, held in the URL. */
export const webhookListSearch = z.object({
  q: z.string().max(100).default(''),
  switched: commaList(z.enum(switchStates)),
})
export type WebhookListSearch = z.output<typeof webhookListSearch>

const stateOf = (webhook: Webhook) => (webhook.isEnabled ? 'on' : 'off')

/** The webhooks that match, and how many each state would leave. */
export function filterWebhooks(webhooks: readonly Webhook[], { q, switched }: WebhookListSearch) {
  const text = q.trim().toLowerCase()
  const inText = webhooks.filter((webhook) =>
    [webhook.name, webhook.url, webhook.fleetName ?? ''].some((part) => part.toLowerCase().includes(text)),
  )
  return {
    shown: inText.filter((webhook) => switched.length === 0 || switched.includes(stateOf(webhook))),
    counts: {
      on: inText.filter((webhook) => webhook.isEnabled).length,
      off: inText.filter((webhook) => !webhook.isEnabled).length,
    },
  }
}
