import { expect, test } from 'vitest'
import type { RolloutDetail } from '#contract/rollout'
import { useLiveQuery } from '@/live/use-live-query'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { aRollout, aRolloutDevice, someCounts } from '@/testing/rollout-builders'
import { QueryView } from '@/ui/query-view'
import { RolloutView } from './rollout-view'
import { rolloutQueries } from './rollouts.queries'

const crane = aRolloutDevice()
const lost = aRolloutDevice({ uuid: 'b'.repeat(32), name: 'lost-otter', state: 'offline', percent: null })

function Page() {
  return (
    <QueryView query={useLiveQuery(rolloutQueries.one(7))} what="the rollout">
      {({ rollout }) => (
        <RolloutView rollout={rollout} renderLog={({ device }) => <p>Log of {device.name}</p>} />
      )}
    </QueryView>
  )
}

type Answers = Parameters<typeof fakeGateway>[0]
const gateway = (rollout: RolloutDetail = aRollout(), more: Answers = {}) =>
  fakeGateway({
    getRollout: () => ({ cursor: 5, rollout }),
    getRolloutWall: () => ({ cursor: 5, cells: [[crane.uuid, crane.name, 2, 0, 20]] }),
    listRolloutDevices: () => ({ cursor: 5, rows: [crane, lost], total: 2, next: null }),
    ...more,
  })
const detail = { kind: 'rollout' as const, rolloutId: 7 }
const window = { kind: 'rollout-devices' as const, rolloutId: 7, uuids: [crane.uuid, lost.uuid] }

test('a patch moves a device’s row in place, another one the figures', async () => {
  gateway()
  const screen = await renderPage(<Page />)
  const row = screen.getByRole('row', { name: /quick-crane/ })
  await expect.element(row.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '20')
  screen.live.send(window, { from: 5, to: 6, data: { upserted: [{ ...crane, percent: 64 }] } })
  await expect.element(row.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '64')
  const done = {
    ...crane,
    state: 'succeeded' as const,
    percent: null,
    sentBytes: 9_800_000,
    fullBytes: 98_000_000,
  }
  screen.live.send(window, { from: 6, to: 7, data: { upserted: [done] } })
  await expect.element(row.getByText('Succeeded')).toBeVisible()
  await expect.element(row.getByText('9.8 MB of 98 MB')).toBeVisible()
  await expect.element(row.getByText('10× less')).toBeVisible()
  // It would stand elsewhere now; it waits there until asked.
  await expect.element(screen.getByRole('button', { name: '1 changed place' })).toBeVisible()
  const counts = someCounts({ succeeded: 5, downloading: 1, waiting: 3, offline: 1 })
  screen.live.send(detail, {
    from: 5,
    to: 7,
    data: { rollout: aRollout({ counts }) },
  })
  await expect.element(screen.getByRole('button', { name: /^5 of 10 updated/ })).toBeVisible()
})

test('the whole page reads well: offline ones are named as owed, bytes say on what they rest', async () => {
  gateway(
    aRollout({
      counts: someCounts({ succeeded: 4, failed: 2, offline: 1, waiting: 3 }),
      failures: [
        {
          key: 'f'.repeat(32),
          reason: 'web-ui keeps exiting with code 1',
          count: 2,
          examples: [{ uuid: crane.uuid, name: crane.name }],
        },
      ],
      timeline: [
        {
          id: 1,
          at: '2026-01-15T12:00:00.000Z',
          actor: 'Release manager',
          actorKind: 'user',
          action: 'rollout.start',
          summary: 'Started rollout 7: 2.4.0 to 10 devices of Kiosks',
        },
      ],
    }),
  )
  const screen = await renderPage(<Page />)
  await expect.element(screen.getByRole('row', { name: /lost-otter.*Offline, still owed/ })).toBeVisible()
  await expect.element(screen.getByRole('row', { name: /lost-otter.*last seen/ })).toBeVisible()
  await expect.element(screen.getByText('web-ui keeps exiting with code 1')).toBeVisible()
  const failures = screen.getByRole('region', { name: 'Failures by reason' })
  await expect
    .element(failures.getByRole('link', { name: 'quick-crane' }))
    .toHaveAttribute('href', `/devices/${crane.uuid}/logs`)
  await expect
    .element(
      screen.getByText('From 3 devices that told their bytes and 1 device estimated from image layers.'),
    )
    .toBeVisible()
  await expect.element(screen.getByText('Started rollout 7: 2.4.0 to 10 devices of Kiosks')).toBeVisible()
  await expectAccessible()
})

test('a figure narrows the devices to its states, in the address', async () => {
  const { calls } = gateway()
  const screen = await renderPage(<Page />)
  await screen.getByRole('button', { name: /^1 offline, still owed/ }).click()
  await expect
    .poll(() =>
      calls
        .filter((call) => call.name === 'listRolloutDevices')
        .at(-1)
        ?.query.get('state'),
    )
    .toBe('offline')
  await expect.poll(currentAddress).toBe('/?state=offline')
})

test('pausing is one click; its failure is said in words', async () => {
  const answers = [
    refuse(409, 'Rollout 7 is completed; "pause" is possible while it is running'),
    { ...aRollout({ state: 'paused' }), hadEffect: true },
  ]
  gateway(aRollout(), { actOnRollout: () => answers.shift() })
  const screen = await renderPage(<Page />)
  await screen.getByRole('button', { name: 'Pause' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Rollout 7 is completed')
  await screen.getByRole('button', { name: 'Pause' }).click()
  await expect.element(screen.getByText(/^Paused: nothing new is offered/)).toBeVisible()
  await expect.element(screen.getByRole('button', { name: 'Resume' })).toBeVisible()
})

test('who clicks second is told who was first', async () => {
  const paused = aRollout({
    state: 'paused',
    timeline: [
      {
        id: 2,
        at: '2026-01-15T12:05:00.000Z',
        actor: 'Somebody else',
        actorKind: 'user',
        action: 'rollout.pause',
        summary: 'Paused rollout 7',
      },
    ],
  })
  gateway(aRollout(), { actOnRollout: () => ({ ...paused, hadEffect: false }) })
  const screen = await renderPage(<Page />)
  await screen.getByRole('button', { name: 'Pause' }).click()
  await expect.element(screen.getByText('It is paused already: Somebody else was first.')).toBeVisible()
})

test('rolling back says how many it touches and asks for the fleet’s name', async () => {
  const { calls } = gateway(aRollout(), {
    actOnRollout: () => ({ ...aRollout({ state: 'rolling-back' }), hadEffect: true }),
  })
  const screen = await renderPage(<Page />)
  await screen.getByRole('button', { name: 'Roll back…' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Roll back rollout 7' })
  await expect.element(dialog.getByText('6 devices')).toBeVisible()
  const confirm = dialog.getByRole('button', { name: 'Roll back' })
  await expect.element(confirm).toBeDisabled()
  await dialog.getByLabelText('Type Kiosks to confirm').fill('Kiosks')
  await dialog.getByLabelText('Reason (optional)').fill('Tills freeze')
  await confirm.click()
  await expect.element(screen.getByText(/^Rolling back: every touched device/)).toBeVisible()
  const act = calls.find((call) => call.name === 'actOnRollout')
  expect(act?.params['verb']).toBe('roll-back')
  expect(act?.body).toEqual({ reason: 'Tills freeze' })
})

test('too low a role sees the verbs at rest and why', async () => {
  gateway()
  const screen = await renderPage(<Page />, { role: 'support' })
  const pause = screen.getByRole('button', { name: 'Pause' })
  await expect.element(pause).toBeDisabled()
  await expect.element(pause).toHaveAttribute('title', 'Needs the role release manager')
})

test('a timeline too long for its panel scrolls and can be reached by keyboard', async () => {
  const timeline = Array.from({ length: 30 }, (_, index) => ({
    id: index + 1,
    at: '2026-03-01T10:00:00.000Z',
    actor: 'Wheelhouse',
    actorKind: 'system' as const,
    action: 'rollout.phase-opened',
    summary: `Phase "Step ${index}" opened with 3 devices.`,
  }))
  gateway(aRollout({ timeline }))
  const screen = await renderPage(<Page />)
  await expect.element(screen.getByRole('group', { name: 'Entries of the timeline' })).toBeVisible()
  await expectAccessible()
})
