import { expect, test } from 'vitest'
import { rolloutState, type RolloutPage, type RolloutState } from '#contract/rollout'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { aRollout } from '@/testing/rollout-builders'
import { RolloutList } from './rollout-list'

const none = Object.fromEntries(rolloutState.options.map((state) => [state, 0])) as Record<
  RolloutState,
  number
>
const page = (own: Partial<RolloutPage>): RolloutPage => ({
  cursor: 1,
  rows: [],
  next: null,
  total: 0,
  stateCounts: none,
  ...own,
})
const fleets = [{ value: '1', label: 'Kiosks' }]

test('filters and pages are asked of the gateway, which counts all that match', async () => {
  const { calls } = fakeGateway({
    listRollouts: ({ query }) =>
      query.get('after') === null
        ? page({
            rows: [aRollout({ id: 300 })],
            next: 'further',
            total: 251,
            stateCounts: { ...none, running: 1, completed: 250 },
          })
        : page({ rows: [aRollout({ id: 12, fleetName: 'Drones' })], total: 251 }),
  })
  const screen = await renderPage(<RolloutList fleets={fleets} />, { at: '/' })
  await expect.element(screen.getByText('251 rollouts')).toBeVisible()
  await screen.getByRole('button', { name: 'Next page' }).click()
  await expect.element(screen.getByText('Drones')).toBeVisible()
  await expect.element(screen.getByRole('button', { name: 'Next page' })).toBeDisabled()
  await screen.getByRole('searchbox', { name: 'Search rollouts' }).fill('2.4')
  await expect.poll(() => calls.at(-1)?.query.toString()).toBe('q=2.4&limit=50')
  await expectAccessible()
})

test('nothing that matches is told from nothing at all', async () => {
  fakeGateway({ listRollouts: () => page({}) })
  const screen = await renderPage(<RolloutList fleets={fleets} />, { at: '/?q=nowhere' })
  await expect.element(screen.getByText('No rollout matches')).toBeVisible()
  await screen.getByRole('button', { name: 'Clear search and filters' }).click()
  await expect.element(screen.getByText('No rollouts yet')).toBeVisible()
})
