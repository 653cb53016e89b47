import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { RolloutDetail } from '#contract/rollout'
import type { GateCriterion } from '#contract/rollout-plan'
import { useSearchState } from '@/lib/search-state'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { aRollout, aRolloutDevice, someCounts } from '@/testing/rollout-builders'
import { RolloutFailures } from './rollout-failures'
import { RolloutGate } from './rollout-gate'
import { rolloutSearch } from './rollout-search'
import { RolloutTimeline } from './rollout-timeline'

const key = 'f'.repeat(32)
const failed = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    aRolloutDevice({
      uuid: String(from + index).padStart(32, '0'),
      name: `unit-${from + index}`,
      state: 'failed',
      reason: 'main exits with code 1',
      failedAt: '2026-01-15T12:03:00.000Z',
    }),
  )

function Failures({ rollout }: { rollout: RolloutDetail }) {
  const [search, update] = useSearchState(rolloutSearch)
  return (
    <RolloutFailures
      rollout={rollout}
      opened={search}
      onOpen={(change) => update(change)}
      renderLog={({ device, at }) => <p>{`Lines of ${device.name} at ${at}`}</p>}
    />
  )
}

test('a reason opens to all of its devices, a page at a time, and a device to its lines of that time', async () => {
  const { calls } = fakeGateway({
    listRolloutDevices: ({ query }) =>
      query.get('after') === null
        ? { cursor: 1, rows: failed(1, 20), total: 23, next: 'more' }
        : { cursor: 1, rows: failed(21, 23), total: 23, next: null },
  })
  const rollout = aRollout({
    counts: someCounts({ failed: 23, succeeded: 2 }),
    failures: [
      {
        key,
        reason: 'main exits with code 1',
        count: 23,
        examples: failed(1, 3).map(({ uuid, name }) => ({ uuid, name })),
      },
    ],
  })
  const screen = await renderPage(<Failures rollout={rollout} />)
  await expect.element(screen.getByText('and 20 more')).toBeVisible()
  const group = screen.getByRole('button', { name: /main exits with code 1/ })
  await group.click()
  await expect.element(group).toHaveAttribute('aria-expanded', 'true')
  await expect.element(screen.getByRole('link', { name: 'unit-20' })).toBeVisible()
  await screen.getByRole('button', { name: 'Show more (3)' }).click()
  await expect.element(screen.getByRole('link', { name: 'unit-23' })).toBeVisible()
  expect(calls[0]?.query.get('failure')).toBe(key)
  expect(calls[1]?.query.get('after')).toBe('more')
  await expectAccessible()
  await screen.getByRole('button', { name: 'Log lines of unit-22' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Log of unit-22 when it failed' })
  await expect.element(dialog.getByText('Lines of unit-22 at 2026-01-15T12:03:00.000Z')).toBeVisible()
  await expectAccessible()
  await expect.poll(currentAddress).toBe(`/?failure=${key}&log=${failed(22, 22)[0]?.uuid ?? ''}`)
})

test('a link to the lines of one device opens them though the list was not read so far', async () => {
  const [device] = failed(23, 23)
  const uuid = device?.uuid ?? ''
  fakeGateway({
    listRolloutDevices: ({ query }) =>
      query.get('q') === uuid
        ? { cursor: 1, rows: [device], total: 1, next: null }
        : { cursor: 1, rows: failed(1, 20), total: 23, next: 'more' },
  })
  const rollout = aRollout({ failures: [{ key, reason: 'main exits with code 1', count: 23, examples: [] }] })
  const screen = await renderPage(<Failures rollout={rollout} />, { at: `/?failure=${key}&log=${uuid}` })
  await expect.element(screen.getByRole('dialog', { name: 'Log of unit-23 when it failed' })).toBeVisible()
  await userEvent.keyboard('{Escape}')
  await expect.element(screen.getByRole('dialog')).not.toBeInTheDocument()
  await expect.poll(currentAddress).toBe(`/?failure=${key}`)
})

const event = (id: number, summary = `entry ${id}`) => ({
  id,
  at: '2026-01-15T12:00:00.000Z',
  actor: 'Release manager',
  actorKind: 'user' as const,
  action: 'rollout.pause',
  summary,
})

test('the timeline goes back to its start; what cannot be read is said and asked for again', async () => {
  const answers = [
    refuse(503, 'The gateway is starting'),
    { rows: [event(60), event(59)], next: 'older' },
    { rows: [event(1, 'Started rollout 7')], next: null },
  ]
  fakeGateway({ listRolloutEvents: () => answers.shift() })
  const timeline = Array.from({ length: 50 }, (_, index) => event(109 - index))
  const screen = await renderPage(<RolloutTimeline rollout={aRollout({ timeline })} />)
  const older = screen.getByRole('button', { name: 'Show older' })
  await older.click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The gateway is starting')
  await older.click()
  await expect.element(screen.getByText('entry 59')).toBeInTheDocument()
  expect(screen.getByText('entry 60', { exact: true }).elements()).toHaveLength(1)
  await older.click()
  await expect.element(screen.getByText('Started rollout 7')).toBeInTheDocument()
  await expect.element(older).not.toBeInTheDocument()
  await expectAccessible()
})

const criterion = (own: Partial<GateCriterion>): GateCriterion => ({
  code: 'crash-loop',
  label: 'Service app crash-loops on raspberrypi5',
  value: 50,
  limit: 20,
  unit: 'percent',
  sample: 10,
  minimumSample: 5,
  control: { value: 5, sample: 40 },
  verdict: 'trip',
  ...own,
})

test('a gate shows both rates, their difference and the samples, and says where there are too few', async () => {
  const criteria = [
    criterion({
      code: 'success',
      label: 'Succeeded',
      value: 97.5,
      limit: 95,
      sample: 40,
      control: null,
      verdict: 'pass',
    }),
    criterion({}),
    criterion({
      code: 'health',
      label: 'New "memory-pressure" since the update',
      value: 12,
      unit: 'points',
      verdict: 'pass',
    }),
    criterion({
      code: 'silence',
      label: 'Fell silent',
      value: 0,
      sample: 2,
      control: { value: 0, sample: 0 },
      verdict: 'not-enough-devices',
    }),
  ]
  const gate = { phaseIndex: 0, criteria, isFinal: false }
  const screen = await renderPage(<RolloutGate rollout={aRollout({ gate })} />)
  const row = (name: RegExp) => screen.getByRole('row', { name })
  await expect.element(row(/^Succeeded 97.5 % from 95 % 40 – – Holds$/)).toBeVisible()
  await expect
    .element(
      row(
        /crash-loops on raspberrypi5 50 % up to 20 points more 10 5 % of 40 \+45 points Stops the rollout$/,
      ),
    )
    .toBeVisible()
  // A health reason is told in the words of the page, with the rate that its difference comes from.
  await expect
    .element(
      row(
        /^New "Memory pressure" since the update 17 % up to 20 points more 10 5 % of 40 \+12 points Holds$/,
      ),
    )
    .toBeVisible()
  await expect
    .element(row(/^Fell silent 0 % .* 2 of at least 5 no device – Not enough devices to tell$/))
    .toBeVisible()
  await expectAccessible()
})

test('of a rollout that has gone back the gate is shown as it was', async () => {
  const gate = { phaseIndex: 0, criteria: [criterion({})], isFinal: true }
  const screen = await renderPage(<RolloutGate rollout={aRollout({ state: 'rolled-back', gate })} />)
  await expect.element(screen.getByText(/^As it was when the phase ended/)).toBeVisible()
})
