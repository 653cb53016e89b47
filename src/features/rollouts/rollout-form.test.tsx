import { expect, test, vi } from 'vitest'
import { standardPlans } from '#contract/rollout-plan'
import { useSearchState } from '@/lib/search-state'
import { expectAccessible } from '@/testing/accessibility'
import { aDeviceRow } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { aPreview, aRollout } from '@/testing/rollout-builders'
import { whyOf } from '@/testing/source-builders'
import { RolloutForm } from './rollout-form'
import { rolloutPlanSearch } from './rollout-plan-search'

const preview = aPreview()
const pinned = ['a', 'b'].map((letter) => aDeviceRow({ uuid: letter.repeat(32), name: `kiosk ${letter}` }))
const listDevices = () => ({ cursor: 1, rows: pinned, total: 2, next: null })

const templates = standardPlans.map((template) => ({
  id: null,
  ...template,
  updatedAt: null,
  updatedBy: null,
}))

function Form({ onStarted = vi.fn() }: { onStarted?: (rollout: object) => void }) {
  const [search, update] = useSearchState(rolloutPlanSearch)
  return (
    <RolloutForm
      fleet={{ id: 1, name: 'Kiosks', targetRelease: { id: 5, semver: '2.6.0' } }}
      target={
        search.what === 'release'
          ? { kind: 'release', release: { id: 3, semver: '2.4.0', commit: 'c'.repeat(32) } }
          : { kind: 'host-os', osVersion: search.osVersion }
      }
      search={search}
      facets={undefined}
      deviceTypeName={(slug) => (slug === 'raspberrypi3' ? 'Raspberry Pi 3' : slug)}
      onChange={(change) => update(change)}
      onStarted={onStarted}
    >
      {null}
    </RolloutForm>
  )
}

test('the preview tells whom it reaches, whom not and why, and what it costs', async () => {
  const { calls } = fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    previewRollout: () => preview,
  })
  const screen = await renderPage(<Form />, { at: '/?releaseId=3&template=Careful' })
  await expect.element(screen.getByText('of 100 devices will be updated')).toHaveTextContent(/^70 of 100/)
  await expect.element(screen.getByText(/^12 devices cannot be heard now/)).toBeVisible()
  await expect.element(screen.getByText(/^5 devices are pinned/)).toBeVisible()
  await expect.element(screen.getByText('Raspberry Pi 3')).toBeVisible()
  await expect.element(screen.getByText('The release has no images for this device type')).toBeVisible()
  await expect
    .element(screen.getByRole('img', { name: /Will update 58, Offline, when they return 12/ }))
    .toBeInTheDocument()
  await expect.element(screen.getByText(/full pulls 5\.6 GB · 4\.7× less/)).toBeVisible()
  await expect
    .element(screen.getByText(/This sends the fleet back: 2\.4\.0 is older than 2\.6\.0/))
    .toBeVisible()
  expect(calls.find((call) => call.name === 'previewRollout')?.body).toMatchObject({
    releaseId: 3,
    template: 'Careful',
  })
  await expectAccessible()
})

test('a change of the plan makes it one of its own and asks again; what cannot be meant goes no further', async () => {
  const { calls } = fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    previewRollout: () => preview,
  })
  const screen = await renderPage(<Form />, { at: '/?releaseId=3' })
  const asked = () => calls.filter((call) => call.name === 'previewRollout').at(-1)?.body
  await screen.getByText('Show and change the plan').click()
  await screen.getByRole('checkbox', { name: /Include all pinned devices/ }).click()
  await expect.element(screen.getByLabelText('Plan', { exact: true })).toHaveValue('custom')
  await expect.poll(asked).toMatchObject({ plan: { includesPinned: true } })
  await screen.getByLabelText('Most devices updating at once').fill('many')
  await expect.element(screen.getByText('Must be a whole number from 1 to 1000000.')).toBeVisible()
  await screen.getByLabelText('Share, cumulative').nth(1).fill('2')
  await expect.element(screen.getByRole('alert').getByText(/shares are cumulative/)).toBeVisible()
  await screen.getByLabelText('Share, cumulative').nth(1).fill('40')
  await expect
    .poll(asked)
    .toMatchObject({ plan: { phases: [{}, { reach: { percent: 40 } }, { reach: { percent: 100 } }] } })
  await expectAccessible()
})

test('a plan is kept under a name', async () => {
  const { calls } = fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    previewRollout: () => preview,
    savePlanTemplate: () => ({
      id: 4,
      name: 'Shops',
      description: '',
      plan: templates[2]?.plan,
      updatedAt: '2026-01-15T12:00:00.000Z',
      updatedBy: 'Somebody',
    }),
  })
  const screen = await renderPage(<Form />, { at: '/?releaseId=3' })
  await screen.getByLabelText('Plan', { exact: true }).selectOptions('custom')
  await screen.getByRole('button', { name: 'Keep this plan…' }).click()
  await screen.getByLabelText('Name').fill('Shops')
  await screen.getByRole('dialog').getByRole('button', { name: 'Keep plan' }).click()
  await expect.element(screen.getByText('The plan "Shops" is kept for this fleet.')).toBeVisible()
  expect(calls.find((call) => call.name === 'savePlanTemplate')?.body).toMatchObject({ name: 'Shops' })
})

test('starting says what will happen to how many; a conflict is told in words', async () => {
  const onStarted = vi.fn()
  const answers = [refuse(409, 'Rollout 4 still owns 8 devices'), aRollout()]
  const previews = [preview, { ...preview, conflict: { rolloutId: 4, devices: 8 } }]
  const { calls } = fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    // The fleet has changed when somebody else was quicker.
    previewRollout: () => (previews.length > 1 ? previews.shift() : previews[0]),
    createRollout: () => answers.shift(),
  })
  const screen = await renderPage(<Form onStarted={onStarted} />, { at: '/?releaseId=3' })
  await screen.getByLabelText('Why this rollout (optional)').fill('Fixes the till')
  await screen.getByRole('button', { name: 'Start…' }).click()
  // A colleague who is sent the plan sees why, too.
  await expect.poll(currentAddress).toContain('note=Fixes+the+till')
  const dialog = screen.getByRole('dialog', { name: 'Send 2.4.0 to 70 devices' })
  await expect.element(dialog.getByText('58 devices of Kiosks are offered 2.4.0.')).toBeVisible()
  await expect.element(dialog.getByText('12 offline devices will be offered it on return.')).toBeVisible()
  await expect.element(dialog.getByText(/Kiosks itself is pinned to 2\.4\.0/)).toBeVisible()
  await expectAccessible()
  await dialog.getByRole('button', { name: 'Start rollout' }).click()
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('Rollout 4 still owns 8 devices')
  await expect.element(dialog.getByRole('link', { name: 'Open rollout 4' })).toBeVisible()
  await dialog.getByRole('button', { name: 'Start rollout' }).click()
  await expect.element(screen.getByText('Rollout 7 of 2.4.0 has started.')).toBeVisible()
  expect(onStarted).toHaveBeenCalledWith(expect.objectContaining({ id: 7 }))
  const start = calls.find((call) => call.name === 'createRollout')
  expect(start?.body).toMatchObject({ releaseId: 3, note: 'Fixes the till' })
})

test('many devices ask for the fleet’s name', async () => {
  fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    previewRollout: () => ({ ...preview, total: 5030, willUpdate: 5000 }),
  })
  const screen = await renderPage(<Form />, { at: '/?releaseId=3' })
  await screen.getByRole('button', { name: 'Start…' }).click()
  const start = screen.getByRole('dialog').getByRole('button', { name: 'Start rollout' })
  await expect.element(start).toBeDisabled()
  await screen.getByLabelText('Type Kiosks to confirm').fill('Kiosks')
  await expect.element(start).toBeEnabled()
})

test('a conflict, nobody to update or too low a role keep the button at rest and say why', async () => {
  fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    previewRollout: () => ({ ...preview, conflict: { rolloutId: 4, devices: 8 } }),
  })
  const screen = await renderPage(<Form />, { at: '/?releaseId=3' })
  await expect.element(screen.getByRole('link', { name: 'Rollout 4' })).toHaveAttribute('href', '/rollouts/4')
  await expect.element(screen.getByRole('button', { name: 'Start…' })).toBeDisabled()
  const other = await renderPage(<Form />, { at: '/?releaseId=3', role: 'viewer' })
  await expect.element(other.getByText('Starting needs the role release manager')).toBeVisible()
})

test('pinned devices are taken in by name', async () => {
  const { calls } = fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    previewRollout: () => preview,
  })
  const screen = await renderPage(<Form />, { at: '/?releaseId=3&deviceType=raspberrypi4-64' })
  await screen.getByText('Show and change the plan').click()
  await screen.getByRole('checkbox', { name: /kiosk b/ }).click()
  await expect.element(screen.getByText('1 device chosen.')).toBeVisible()
  await expect
    .poll(() => calls.filter((call) => call.name === 'previewRollout').at(-1)?.body)
    .toMatchObject({ plan: { includesPinned: false, pinnedDevices: ['b'.repeat(32)] } })
  const asked = calls.find((call) => call.name === 'listDevices')
  expect(asked?.query.get('pinned')).toBe('true')
  expect(asked?.query.get('deviceType')).toBe('raspberrypi4-64')
  await expectAccessible()
  await screen.getByRole('checkbox', { name: /Include all pinned devices/ }).click()
  await expect
    .element(screen.getByRole('searchbox', { name: 'Search pinned devices' }))
    .not.toBeInTheDocument()
})

test('only what the source of the fleets can send is offered; what a link asks for beyond it is said, and not asked for', async () => {
  const { calls } = fakeGateway({
    listDevices,
    listPlanTemplates: () => ({ templates }),
    previewRollout: () => preview,
  })
  const missing = ['target-host-os'] as const
  const screen = await renderPage(<Form />, { at: '/?releaseId=3', missing })
  await expect.element(screen.getByText(whyOf('target-host-os'))).toBeVisible()
  expect(screen.getByRole('button', { name: 'Host OS version' }).query()).toBeNull()
  await expect.element(screen.getByRole('button', { name: 'Start…' })).toBeEnabled()
  await expectAccessible()
  await screen.unmount()
  calls.length = 0
  const linked = await renderPage(<Form />, { at: '/?what=host-os&osVersion=6.5.3', missing })
  await expect.element(linked.getByText(whyOf('target-host-os'))).toBeVisible()
  await expect.element(linked.getByRole('button', { name: 'Start…' })).toBeDisabled()
  expect(calls.filter(({ name }) => name === 'previewRollout')).toEqual([])
  await linked.getByRole('button', { name: 'Application release' }).click()
  await expect.element(linked.getByText(whyOf('target-host-os'))).toBeVisible()
})
