import { expect, test } from 'vitest'
import type { Action, DeviceDetail } from '#contract/device'
import { expectAccessible } from '@/testing/accessibility'
import { aDevice } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { Button } from '@/ui/button'
import { ActionHistory } from './action-history'
import { useAction } from './use-action'

const anAction = (own: Partial<Action>): Action => ({
  id: 1,
  deviceUuid: aDevice().uuid,
  kind: 'reboot',
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
  await expect.element(screen.getByText(/cannot be heard now\. The action waits 15 minutes/)).toBeVisible()
  await expectAccessible()
  await screen.getByRole('checkbox', { name: /Ignore update locks/ }).click()
  await screen.getByRole('button', { name: 'Reboot', exact: true }).click()
  await expect.element(screen.getByText('Reboot: asked of bold-field')).toBeVisible()
  expect(gateway.calls.at(-1)?.body).toEqual({ kind: 'reboot', force: true })
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
    }),
  })
  const screen = await renderPage(<ActionHistory uuid={aDevice().uuid} version={0} />)
  await expect.element(screen.getByText('Locked by the service api')).toBeVisible()
  await expect.element(screen.getByText('Restart service api')).toBeVisible()
  await expect.element(screen.getByText(/did not take it in time; ask again/)).toBeVisible()
  await expectAccessible()
})
