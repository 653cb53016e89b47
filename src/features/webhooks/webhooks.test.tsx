import { beforeEach, expect, test } from 'vitest'
import type { Webhook, WebhookDelivery } from '#contract/webhook'
import { webhookEvents } from '#contract/webhook'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { useToasts } from '@/ui/toast.store'
import { WebhookList } from './webhook-list'
import { WebhookView } from './webhook-view'

const aWebhook = (own: Partial<Webhook> = {}): Webhook => ({
  id: 1,
  name: 'Chat',
  url: 'https://chat.example/hook',
  events: [...webhookEvents],
  fleetId: null,
  fleetName: null,
  isEnabled: true,
  createdBy: 'Test person',
  createdAt: '2026-01-15T12:00:00.000Z',
  delivered: 12,
  waiting: 1,
  failed: 2,
  ...own,
})
const aDelivery = (own: Partial<WebhookDelivery> = {}): WebhookDelivery => ({
  id: 40,
  event: 'rollout.paused',
  summary: 'Paused rollout 7',
  state: 'waiting',
  attempts: 3,
  statusCode: 503,
  error: 'It answered 503',
  tookMs: 21,
  createdAt: '2026-01-15T12:00:00.000Z',
  nextAttemptAt: new Date(Date.now() + 40_000).toISOString(),
  finishedAt: null,
  payload: { event: 'rollout.paused', rolloutId: 7, summary: '<b>Paused</b>' },
  ...own,
})
const fleets = [{ id: 3, name: 'Kiosks' }]

beforeEach(() => {
  useToasts.setState({ toasts: [] })
})

test('a webhook is added; its key is shown once with what a receiver does with it', async () => {
  const secret = 'whsec_only-once'
  const webhooks: Webhook[] = []
  const { calls } = fakeGateway({
    listWebhooks: () => ({ cursor: 1, webhooks }),
    createWebhook: () => {
      webhooks.push(aWebhook({ fleetId: 3, fleetName: 'Kiosks' }))
      return { ...aWebhook(), secret }
    },
  })
  const screen = await renderPage(<WebhookList fleets={fleets} />)
  await expect.element(screen.getByText('No webhooks')).toBeVisible()
  await screen.getByRole('button', { name: 'New webhook' }).click()
  await screen.getByLabelText('Name').fill('Chat')
  await screen.getByLabelText('Address').fill('ftp://chat.example')
  await screen.getByRole('button', { name: 'Add the webhook' }).click()
  await expect
    .element(screen.getByLabelText('Address'))
    .toHaveAccessibleDescription('must be an http or https address')
  await screen.getByLabelText('Address').fill('https://chat.example/hook')
  await screen.getByLabelText('Rollouts of').selectOptions('Kiosks')
  await screen.getByRole('checkbox', { name: 'Rollout started' }).click()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Add the webhook' }).click()
  await expect
    .element(screen.getByLabelText('Key of the signature', { exact: true }))
    .toHaveTextContent(secret)
  await expectAccessible()
  expect(calls.find((call) => call.name === 'createWebhook')?.body).toEqual({
    name: 'Chat',
    url: 'https://chat.example/hook',
    events: webhookEvents.filter((event) => event !== 'rollout.started'),
    fleetId: 3,
  })
  await screen.getByRole('button', { name: 'I have copied it' }).click()
  await expect.element(screen.getByRole('link', { name: 'Chat' })).toBeVisible()
  expect(document.body.innerHTML).not.toContain(secret)
})

test('the list is searched and filtered, and each can be tested', async () => {
  fakeGateway({
    listWebhooks: () => ({
      cursor: 1,
      webhooks: [
        aWebhook(),
        aWebhook({ id: 2, name: 'Pager', isEnabled: false, url: 'https://pager.example' }),
      ],
    }),
    testWebhook: ({ params }) =>
      params['webhookId'] === '1'
        ? aDelivery({ state: 'delivered', event: 'webhook.test', error: null, statusCode: 204 })
        : aDelivery({ state: 'failed', event: 'webhook.test', statusCode: 404, error: 'It answered 404' }),
  })
  const screen = await renderPage(<WebhookList fleets={fleets} />)
  await expect.element(screen.getByRole('link', { name: 'Pager' })).toBeVisible()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Send a test to Chat' }).click()
  await expect.element(screen.getByText('“Chat” answered 204 in 21 ms.')).toBeVisible()
  await screen.getByRole('button', { name: 'Send a test to Pager' }).click()
  await expect.element(screen.getByText('The test of “Pager” failed: It answered 404')).toBeVisible()
  await screen.getByLabelText('Search webhooks').fill('pager')
  await expect.element(screen.getByRole('link', { name: 'Chat' })).not.toBeInTheDocument()
  await screen.getByRole('button', { name: 'State' }).click()
  await screen.getByRole('checkbox', { name: /Switched on 0/ }).click()
  await expect.element(screen.getByText('No webhook matches')).toBeVisible()
  await expect.poll(currentAddress).toBe('/?q=pager&switched=on')
})

test('removing says what is lost, and a refusal stays in the dialog', async () => {
  fakeGateway({
    listWebhooks: () => ({ cursor: 1, webhooks: [aWebhook()] }),
    deleteWebhook: () => refuse(503, 'The gateway is busy'),
    updateWebhook: ({ body }) => ({ ...aWebhook(), ...(body as object) }),
    rotateWebhookSecret: () => ({ ...aWebhook(), secret: 'whsec_new' }),
  })
  const screen = await renderPage(<WebhookList fleets={fleets} />)
  const choose = async (item: string) => {
    await screen.getByRole('button', { name: 'Actions for Chat' }).click()
    await screen.getByRole('menuitem', { name: item }).click()
  }
  await choose('Remove')
  const dialog = screen.getByRole('dialog')
  await expect.element(dialog).toHaveTextContent('1 delivery still waits and is never sent')
  await expect.element(dialog).toHaveTextContent('Its log of 15 deliveries goes with it')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('The gateway is busy')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await choose('Switch off')
  await expect.element(screen.getByText('The webhook “Chat” is switched off')).toBeVisible()
  await choose('Make a new key')
  await expect.element(dialog).toHaveTextContent('what is refused is sent again')
  await dialog.getByRole('button', { name: 'Make a new key' }).click()
  await expect
    .element(screen.getByLabelText('Key of the signature', { exact: true }))
    .toHaveTextContent('whsec_new')
})

test('the log says how each delivery went, shows its body as text and sends it again', async () => {
  const { calls } = fakeGateway({
    listWebhooks: () => ({ cursor: 1, webhooks: [aWebhook()] }),
    listWebhookDeliveries: ({ query }) => ({
      cursor: 1,
      rows:
        query.get('state') === null
          ? [aDelivery(), aDelivery({ id: 39, state: 'delivered', error: null, statusCode: 204 })]
          : [],
      next: null,
      counts: { state: { waiting: 1, delivered: 1 }, event: { 'rollout.paused': 2 } },
    }),
    redeliverWebhookDelivery: () => aDelivery(),
  })
  const screen = await renderPage(<WebhookView webhookId={1} fleets={fleets} />)
  const row = screen.getByRole('button', { name: /#40/ })
  await expect.element(row).toHaveTextContent(/It answered 503\. 3 attempts, the next one in \d+ s/)
  await row.click()
  await expect.element(screen.getByText('"summary": "<b>Paused</b>"')).toBeVisible()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Send now' }).click()
  await expect.element(screen.getByText('Delivery 40 is sent now')).toBeVisible()
  expect(calls.find((call) => call.name === 'redeliverWebhookDelivery')?.params).toEqual({
    webhookId: '1',
    deliveryId: '40',
  })
  await screen.getByRole('button', { name: 'State' }).click()
  await screen.getByRole('checkbox', { name: /Failed/ }).click()
  await expect.element(screen.getByText('No delivery matches')).toBeVisible()
})

test('a link to a delivery opens it, also further down the log', async () => {
  const counts = { state: { waiting: 1 }, event: { 'rollout.paused': 1 } }
  fakeGateway({
    listWebhooks: () => ({ cursor: 1, webhooks: [aWebhook()] }),
    listWebhookDeliveries: ({ query }) =>
      query.get('after') === null
        ? { cursor: 1, rows: [aDelivery()], next: 'older', counts }
        : { cursor: 1, rows: [aDelivery({ id: 7 })], next: null, counts },
  })
  const screen = await renderPage(<WebhookView webhookId={1} fleets={fleets} />, { at: '/?delivery=7' })
  await expect.element(screen.getByRole('region', { name: 'Body of delivery 7' })).toBeVisible()
  await screen.getByRole('button', { name: /#40/ }).click()
  await expect.poll(currentAddress).toBe('/?delivery=7%2C40')
  await screen.getByRole('button', { name: /#7/ }).click()
  await expect.element(screen.getByRole('region', { name: 'Body of delivery 7' })).not.toBeInTheDocument()
  await expect.poll(currentAddress).toBe('/?delivery=40')
})

test('what is switched off cannot be sent again, and says why; what is gone says so', async () => {
  fakeGateway({
    listWebhooks: () => ({ cursor: 1, webhooks: [aWebhook({ isEnabled: false })] }),
    listWebhookDeliveries: () => ({
      cursor: 1,
      rows: [aDelivery()],
      next: null,
      counts: { state: { waiting: 1 }, event: { 'rollout.paused': 1 } },
    }),
  })
  const screen = await renderPage(<WebhookView webhookId={1} fleets={fleets} />)
  await screen.getByRole('button', { name: /waits until the webhook is switched on/ }).click()
  await expect.element(screen.getByRole('button', { name: 'Send now' })).toBeDisabled()
  await expect.element(screen.getByText(/switch it on to send this/)).toBeVisible()
  const other = await renderPage(<WebhookView webhookId={9} fleets={fleets} />)
  await expect.element(other.getByText('There is no such webhook')).toBeVisible()
})
