import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { aCrashLoopingDevice, aDevice } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { DeviceHeader, LastKnownNote } from './device-header'
import { LayersPanel } from './layers-panel'
import { ReleasePanel } from './release-panel'
import { ServicesPanel } from './services-panel'
import { TagsPanel } from './tags-panel'

test('a crash loop stands under its service, with its evidence; the layers below are well', async () => {
  const screen = await renderPage(<LayersPanel device={aCrashLoopingDevice()} />)
  await expect
    .element(screen.getByText('The device is reachable and sound; its service api is in trouble.'))
    .toBeVisible()
  const api = screen.getByRole('listitem').filter({ hasText: 'api' }).first()
  await expect.element(api).toHaveTextContent('Service crash-looping')
  await expect.element(api).toHaveTextContent('restarted 7 times in 10 min, limit 3; last exit code 139')
  await expect.element(api).toHaveTextContent('Critical')
  for (const layer of ['Supervisor', 'Engine', 'Host OS', 'Hardware'])
    await expect.element(screen.getByRole('listitem').filter({ hasText: layer })).toHaveTextContent('OK')
  await expectAccessible()
})

test('both slots, the trial and a rollback of the host OS are told', async () => {
  const slots = {
    active: { name: 'A', version: 'balenaOS 6.5.3' },
    passive: { name: 'B', version: '6.6.0' },
    phase: 'rolled back',
    bootCount: 2,
    rollback: 'balenaOS 6.6.0 did not boot; runs 6.5.3 again',
  }
  const device = aDevice()
  const screen = await renderPage(<LayersPanel device={{ ...device, hostOs: { ...device.hostOs, slots } }} />)
  await expect.element(screen.getByText('active, booted')).toBeVisible()
  await expect.element(screen.getByText('6.6.0', { exact: true })).toBeVisible()
  await expect
    .element(screen.getByText('Rolled back: balenaOS 6.6.0 did not boot; runs 6.5.3 again'))
    .toBeVisible()
})

test('a refused name is said beside the field, and what was typed stays', async () => {
  fakeGateway({
    updateDevice: () =>
      refuse(400, 'The request is not valid', [{ field: 'body.name', reason: 'must be one line' }]),
  })
  const screen = await renderPage(<DeviceHeader device={aDevice()} actionItems={[]} />)
  await screen.getByRole('button', { name: 'Rename the device' }).click()
  const field = screen.getByRole('textbox', { name: 'Name of the device' })
  await field.fill('north gate')
  await userEvent.keyboard('{Enter}')
  await expect
    .element(screen.getByRole('alert'))
    .toHaveTextContent('The name was not changed: must be one line')
  await expect.element(field).toHaveValue('north gate')
  await userEvent.keyboard('{Escape}')
  await expect.element(screen.getByRole('heading', { name: 'bold-field' })).toBeVisible()
})

test('a viewer can neither rename nor delete', async () => {
  const screen = await renderPage(<DeviceHeader device={aDevice()} actionItems={[]} />, { role: 'viewer' })
  await expect.element(screen.getByRole('button', { name: 'Rename the device' })).not.toBeInTheDocument()
  await screen.getByRole('button', { name: 'Actions' }).click()
  await expect
    .element(screen.getByRole('menuitem', { name: /Delete device/ }))
    .toHaveAttribute('aria-disabled', 'true')
})

test('deleting asks for the name of the device', async () => {
  fakeGateway({ deleteDevice: () => undefined })
  const screen = await renderPage(<DeviceHeader device={aDevice()} actionItems={[]} />)
  await screen.getByRole('button', { name: 'Actions' }).click()
  await screen.getByRole('menuitem', { name: /Delete device/ }).click()
  const confirm = screen.getByRole('button', { name: 'Delete device' })
  await expect.element(confirm).toBeDisabled()
  await screen.getByLabelText('Type bold-field to confirm').fill('bold-field')
  await confirm.click()
  await expect.element(screen.getByText('bold-field is deleted')).toBeVisible()
})

test('of a device that cannot be heard the page says as of when it speaks', async () => {
  const screen = await renderPage(<LastKnownNote device={aDevice({ connectivity: 'offline' })} />)
  await expect
    .element(screen.getByRole('status'))
    .toHaveTextContent(/Not heard since .* Everything below is as of then/)
})

test('a download moves, and estimated bytes say that they are', async () => {
  const device = aDevice({
    updateState: 'downloading',
    updatePercent: 40,
    targetRelease: { id: 6, semver: '2.2.0', commit: 'c'.repeat(32) },
    lastUpdate: { sentBytes: 5_000_000, fullBytes: 100_000_000, mode: 'delta', isEstimate: true },
  })
  const screen = await renderPage(<ReleasePanel device={device} />)
  await expect
    .element(screen.getByRole('progressbar', { name: 'Update downloaded' }))
    .toHaveAttribute('aria-valuenow', '40')
  await expect.element(screen.getByText(/20× less/)).toBeVisible()
  await expect.element(screen.getByText(/estimated from the layers of the images/)).toBeVisible()
  await expectAccessible()
})

test('a service is restarted, stopped or started by what it does now', async () => {
  const asked: string[] = []
  const device = aCrashLoopingDevice()
  const stopped = { ...device.services[0]!, name: 'worker', status: 'exited' }
  const screen = await renderPage(
    <ServicesPanel
      device={{ ...device, services: [...device.services, stopped] }}
      ask={(kind, service) => asked.push(`${kind} ${service}`)}
      refusalOf={() => null}
    />,
  )
  await expect.element(screen.getByRole('row', { name: /^api/ })).toHaveTextContent('Crash-looping')
  await screen.getByRole('button', { name: 'Actions on worker' }).click()
  await screen.getByRole('menuitem', { name: 'Start', exact: true }).click()
  await screen.getByRole('button', { name: 'Actions on api' }).click()
  await screen.getByRole('menuitem', { name: 'Restart…', exact: true }).click()
  expect(asked).toEqual(['start-service worker', 'restart-service api'])
  await expectAccessible()
})

test('tags are added with a check of their name; those of the device itself are shown apart', async () => {
  const gateway = fakeGateway({ setDeviceTag: () => aDevice({ tags: { site: 'Bremen' } }) })
  const device = aDevice({ tags: { floor: '<b>3</b>' }, facts: { 'hostos.slot': 'A' } })
  const screen = await renderPage(<TagsPanel device={device} />)
  await expect.element(screen.getByText('floor: <b>3</b>')).toBeVisible()
  await screen.getByText('Told by the device itself (1)').click()
  await expect.element(screen.getByText('hostos.slot')).toBeVisible()
  await screen.getByRole('button', { name: 'Add tag' }).click()
  await screen.getByRole('textbox', { name: 'Tag' }).fill('the site')
  await expect.element(screen.getByText('must not hold white space')).toBeVisible()
  await expect.element(screen.getByRole('button', { name: 'Save tag' })).toBeDisabled()
  await screen.getByRole('textbox', { name: 'Tag' }).fill('site')
  await screen.getByRole('textbox', { name: 'Value' }).fill('Bremen')
  await screen.getByRole('button', { name: 'Save tag' }).click()
  await expect.element(screen.getByText('Tag site saved')).toBeVisible()
  expect(gateway.calls.at(-1)).toMatchObject({ params: { key: 'site' }, body: { value: 'Bremen' } })
})
