import { beforeEach, expect, test } from 'vitest'
import type { SourceCheck } from '#contract/source'
import { useConnection } from '@/live/connection.store'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { makeFakeLive, renderPage } from '@/testing/render-page'
import { aReading, aSource, missingOf, whyOf } from '@/testing/source-builders'
import { SourceSettings } from './source-settings'

const at = '2026-01-15T12:00:00.000Z'
const embedded = aSource(at, {
  kind: 'embedded',
  name: 'this gateway',
  address: null,
  reading: null,
})
const check: SourceCheck = {
  isOk: false,
  version: 'v49.0.12',
  actor: 'ops',
  steps: [
    { name: 'address', state: 'ok', sentence: 'api.example.com answers.' },
    { name: 'token', state: 'failed', sentence: 'The token has expired; make another one.' },
    { name: 'logs', state: 'unknown', sentence: 'Lines are read when somebody looks.' },
  ],
}

beforeEach(() => useConnection.setState({ status: 'live', lastHeardAtMs: Date.now(), reason: null }))

test('where devices talk to the gateway itself it says so, and how to show an openBalena instead', async () => {
  fakeGateway({ getSource: () => embedded })
  const screen = await renderPage(<SourceSettings />)
  const where = screen.getByRole('region', { name: 'Where fleets come from' })
  await expect.element(where).toHaveTextContent('Devices talk to this gateway itself')
  const how = screen.getByRole('region', { name: 'Show the fleets of an openBalena' })
  for (const setting of [
    'WHEELHOUSE_SOURCE=balena',
    'BALENA_API_URL=',
    'BALENA_API_TOKEN=',
    'docs/openbalena.md',
  ])
    await expect.element(how).toHaveTextContent(setting)
  expect(screen.getByRole('button', { name: 'Test the connection' }).query()).toBeNull()
  expect(screen.getByText('Cannot', { exact: true }).elements()).toEqual([])
  await expectAccessible()
})

test('a source that is read says how old it is, what it costs, what waits and what it cannot do', async () => {
  fakeGateway({
    getSource: () =>
      aSource(at, {
        missing: missingOf(['device-keys', 'target-host-os']),
        reading: aReading(at, { waitingTargets: 3, quietUntil: '2026-01-15T12:01:00.000Z' }),
      }),
  })
  const screen = await renderPage(<SourceSettings />)
  const where = screen.getByRole('region', { name: 'Where fleets come from' })
  await expect.element(where).toHaveTextContent('https://api.example.com')
  const reading = screen.getByRole('region', { name: 'Reading' })
  await expect.element(reading).toHaveTextContent('31 of 120 in the last minute')
  await expect.element(reading).toHaveTextContent('3 targets set here and not yet there')
  await expect.element(reading).toHaveTextContent('Left alone until')
  const rows = reading.getByRole('row')
  await expect.element(rows.nth(1)).toHaveTextContent(/Devices\d s ago2 s/)
  await expect.element(rows.nth(2)).toHaveTextContent('Fleetsnot read yet1 min')
  const can = screen.getByRole('region', { name: 'What can be done from here' })
  await expect.element(can.getByText(whyOf('device-keys'))).toBeVisible()
  expect(can.getByText('Cannot', { exact: true }).elements()).toHaveLength(2)
  await expectAccessible()
})

test('a problem is told in its own sentence as it comes, and goes when it is over', async () => {
  const live = makeFakeLive()
  fakeGateway({ getSource: () => aSource(at) })
  const screen = await renderPage(<SourceSettings />, { live })
  await expect.element(screen.getByText('Is read again and again')).toBeVisible()
  const problem = {
    code: 'token' as const,
    sentence: 'api.example.com refuses the token: make another API key.',
    since: at,
  }
  const told = (cursor: number, reading: Parameters<typeof aReading>[1]) =>
    live.send(
      { kind: 'source' },
      {
        from: cursor,
        to: cursor + 1,
        data: { at, status: aSource(at, { reading: aReading(at, reading) }).status },
      },
    )
  told(1, { state: 'failing', problem })
  const alert = screen.getByRole('alert')
  await expect.element(alert).toHaveTextContent('The token is not accepted since')
  await expect.element(alert).toHaveTextContent(problem.sentence)
  await expectAccessible()
  told(2, {})
  await expect.element(alert).not.toBeInTheDocument()
})

test('the test is asked for, takes a while that is told, and says step by step what it found', async () => {
  let answer: (found: unknown) => void = () => undefined
  fakeGateway({
    getSource: () => aSource(at),
    testSource: () => new Promise((resolve) => (answer = resolve)),
  })
  const screen = await renderPage(<SourceSettings />)
  const panel = screen.getByRole('region', { name: 'Connection' })
  const button = panel.getByRole('button', { name: 'Test the connection' })
  await button.click()
  await expect.element(button).toBeDisabled()
  await expect.element(panel.getByRole('status')).toHaveTextContent('Trying the connection…')
  answer(check)
  await expect.element(panel.getByRole('status')).toHaveTextContent('The connection does not work.')
  const steps = panel.getByRole('listitem')
  await expect.element(steps.nth(0)).toHaveTextContent('AddressWorksapi.example.com answers.')
  await expect.element(steps.nth(1)).toHaveTextContent('TokenFailedThe token has expired')
  await expect.element(steps.nth(2)).toHaveTextContent('Log linesNot known')
  await expect.element(panel).toHaveTextContent('v49.0.12')
  await expect.element(panel).toHaveTextContent('ops')
  await expectAccessible()
  await button.click()
  answer(refuse(429, 'Too many tests'))
  await expect.element(panel.getByRole('alert')).toHaveTextContent('Too many tests')
})

test('viewers see how it is, and who can test it', async () => {
  fakeGateway({ getSource: () => aSource(at) })
  const screen = await renderPage(<SourceSettings />, { role: 'viewer' })
  await expect.element(screen.getByText('An administrator of all fleets can test it.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Test the connection' }).query()).toBeNull()
})
