import { expect, test } from 'vitest'
import type { DeviceDetail } from '#contract/device'
import type { Action } from '#contract/device-action'
import { expectAccessible } from '@/testing/accessibility'
import { aDevice } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { Button } from '@/ui/button'
import { ActionHistory } from './action-history'
import { consequenceOf, delayText, refusalText } from './action-words'
import { BatchView } from './batch-view'
import { useAction } from './use-action'

const anAction = (own: Partial<Action>): Action => ({
  id: 1,
  commandId: '5f0c9a52-0d5e-4c6b-8c7b-8f6a4f3f1d10',
  deviceUuid: aDevice().uuid,
  kind: 'reboot',
  way: 'socket',
  isForced: false,
  reason: '',
  deliveredAt: null,
  answerBy: null,
  overriddenUntil: null,
  batchId: null,
  serviceName: null,
  state: 'queued',
  message: null,
  createdAt: '2026-01-01T12:00:00.000Z',
  createdBy: 'An operator',
  expiresAt: '2026-01-01T12:15:00.000Z',
  finishedAt: null,
  ...own,
})

function Asker({ device }: { device: DeviceDetail }) {
  const action = useAction(device)
  return (
    <>
      <Button onClick={() => action.ask('reboot')}>Reboot it</Button>
      <Button onClick={() => action.ask('purge')}>Purge it</Button>
      <Button onClick={() => action.ask('identify')}>Identify it</Button>
      {action.dialog}
    </>
  )
}

test('a reboot is asked for, with what it means for a device that cannot be heard', async () => {
  const gateway = fakeGateway({ createAction: () => anAction({}) })
  const screen = await renderPage(<Asker device={aDevice({ connectivity: 'offline' })} />)
  await screen.getByRole('button', { name: 'Reboot it' }).click()
  await expect.element(screen.getByText(/cannot be heard now\. The action waits/)).toBeVisible()
  await screen.getByLabelText('Waits for devices that are away').selectOptions('4 hours')
  await screen.getByLabelText(/^Why/).fill('It hangs')
  await expectAccessible()
  await screen.getByRole('checkbox', { name: /Ignore update locks/ }).click()
  await screen.getByRole('button', { name: 'Reboot', exact: true }).click()
  await expect.element(screen.getByText('Reboot: asked of bold-field')).toBeVisible()
  expect(gateway.calls.at(-1)?.body).toEqual({
    kind: 'reboot',
    force: true,
    reason: 'It hangs',
    expiresInMinutes: 240,
  })
})

test('purging asks for the name; a refusal is said in the dialog', async () => {
  fakeGateway({ createAction: () => refuse(403, 'This needs the role support') })
  const screen = await renderPage(<Asker device={aDevice()} />)
  await screen.getByRole('button', { name: 'Purge it' }).click()
  const confirm = screen.getByRole('button', { name: 'Purge data' })
  await expect.element(confirm).toBeDisabled()
  await screen.getByLabelText('Type bold-field to confirm').fill('bold-field')
  await confirm.click()
  await expect
    .element(screen.getByRole('dialog').getByRole('alert'))
    .toHaveTextContent('This needs the role support')
})

test('what harms nothing is asked at once, and its failure is said', async () => {
  fakeGateway({ createAction: () => refuse(503, 'The gateway is stopping') })
  const screen = await renderPage(<Asker device={aDevice()} />)
  await screen.getByRole('button', { name: 'Identify it' }).click()
  await expect.element(screen.getByText('Identify (blink): The gateway is stopping')).toBeVisible()
})

test('what became of past actions is told in words', async () => {
  fakeGateway({
    listActions: () => ({
      actions: [
        anAction({ id: 3, state: 'failed', message: 'Locked by the service api' }),
        anAction({ id: 2, state: 'expired', kind: 'restart-service', serviceName: 'api' }),
        anAction({ id: 1, state: 'done', kind: 'identify' }),
      ],
      next: null,
    }),
  })
  const screen = await renderPage(<ActionHistory uuid={aDevice().uuid} version={0} />)
  await expect.element(screen.getByText('Locked by the service api')).toBeVisible()
  await expect.element(screen.getByText('Restart service api')).toBeVisible()
  await expect.element(screen.getByText(/did not take it in time; ask again/)).toBeVisible()
  await expectAccessible()
})

test('what waits counts down and can be called off; what failed is asked again', async () => {
  const expiresAt = new Date(Date.now() + 10 * 60_000).toISOString()
  const asked: Action[] = []
  const gateway = fakeGateway({
    listActions: () => ({
      actions: [
        anAction({ id: 2, expiresAt, reason: 'Before the visit' }),
        anAction({ id: 1, state: 'failed', message: 'Locked', batchId: 7 }),
      ],
      next: null,
    }),
    cancelAction: () => anAction({ id: 2, state: 'cancelled' }),
  })
  const history = <ActionHistory uuid={aDevice().uuid} version={0} onRetry={(one) => asked.push(one)} />
  const screen = await renderPage(history)
  await expect.element(screen.getByText(/Expires in 1?[0-9] min/)).toBeVisible()
  await expect.element(screen.getByText('Before the visit')).toBeVisible()
  await expect
    .element(screen.getByRole('link', { name: 'of many devices' }))
    .toHaveAttribute('href', '/actions/7')
  await expectAccessible()
  await screen.getByRole('button', { name: 'Ask again' }).click()
  expect(asked.map((one) => one.id)).toEqual([1])
  await screen.getByRole('button', { name: 'Call off' }).click()
  await expect.poll(() => gateway.calls.some((call) => call.name === 'cancelAction')).toBe(true)
})

test('what a device cannot be asked for says why', () => {
  const device = {
    connectivity: 'online',
    hasActionChannel: false,
    actionChannelAt: null,
    isAskedBySource: false,
  }
  expect(refusalText('reboot', device)).toContain('keeps no socket')
  expect(refusalText('stop-service', device)).toBeNull()
  expect(refusalText('reboot', { ...device, connectivity: 'offline' })).toBeNull()
  expect(delayText('stop-service', device)).toContain('next asks for its target')
  const elsewhere = { ...device, isAskedBySource: true }
  expect(refusalText('reboot', elsewhere)).toBeNull()
  expect(delayText('stop-service', elsewhere)).toBeNull()
  expect(consequenceOf('stop-service', device)).toContain('also after a reboot')
  expect(consequenceOf('stop-service', elsewhere)).toContain('a reboot or another release may start it again')
  expect(delayText('reboot', { ...elsewhere, connectivity: 'offline' })).toContain(
    'Its backend is asked at once',
  )
})

test('a bulk action shows its counts, its failures and what can be done about them', async () => {
  const counts = { queued: 1, delivered: 0, done: 40, failed: 2, expired: 0, cancelled: 0, unsupported: 0 }
  fakeGateway({
    getActionBatch: () => ({
      cursor: 1,
      batch: {
        id: 7,
        kind: 'reboot',
        serviceName: null,
        reason: 'After the storm',
        createdAt: '2026-01-01T12:00:00.000Z',
        createdBy: 'An operator',
        expiresAt: '2026-01-01T12:15:00.000Z',
        total: 43,
        counts,
      },
    }),
    listBatchActions: () => ({
      rows: [
        {
          ...anAction({ state: 'failed', message: 'Updates are locked', batchId: 7 }),
          deviceName: 'bold-field',
          fleetName: 'Greenhouse sensors',
        },
      ],
      next: null,
    }),
    cancelActionBatch: () => ({ cancelled: 1 }),
  })
  const screen = await renderPage(<BatchView batchId={7} />)
  await expect.element(screen.getByRole('heading', { name: 'Reboot: 43 devices' })).toBeVisible()
  await expect.element(screen.getByText('40 done')).toBeVisible()
  await expect.element(screen.getByText('2 failed')).toBeVisible()
  await expect.element(screen.getByText('Updates are locked')).toBeVisible()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Call off what waits' }).click()
  await expect.element(screen.getByText('Called off on 1 device')).toBeVisible()
})
