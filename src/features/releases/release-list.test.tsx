import { expect, test } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { aRelease } from '@/testing/rollout-builders'
import { ReleaseComparison } from './release-comparison'
import { ReleaseList } from './release-list'
import { ReleaseStatusActions } from './release-status-actions'

const page = (
  rows = [aRelease({ id: 4, semver: '2.5.0', status: 'draft', runningCount: 0 }), aRelease()],
) => ({
  cursor: 5,
  rows,
  total: rows.length,
  next: null,
  statusCounts: { draft: 1, final: 1, failed: 0 },
})

test('two releases are chosen to compare, older first', async () => {
  fakeGateway({ listReleases: () => page() })
  const screen = await renderPage(<ReleaseList fleetId={1} />)
  await screen.getByRole('checkbox', { name: /Choose 2\.5\.0/ }).click()
  await expect.element(screen.getByText('Choose one more to compare')).toBeVisible()
  await screen.getByRole('checkbox', { name: /Choose 2\.4\.0/ }).click()
  await expect
    .element(screen.getByRole('link', { name: 'Compare 2' }))
    .toHaveAttribute('href', '/releases/compare?from=3&to=4')
  await expectAccessible()
})

test('search and status live in the address; nothing found says how to get back', async () => {
  const { calls } = fakeGateway({
    listReleases: ({ query }) => (query.get('status') === 'failed' ? page([]) : page()),
  })
  const screen = await renderPage(<ReleaseList fleetId={1} />)
  await screen.getByRole('button', { name: 'Status' }).click()
  await screen.getByRole('checkbox', { name: /Failed/ }).click()
  await expect.element(screen.getByText('No release matches')).toBeVisible()
  await expect.poll(currentAddress).toBe('/?status=failed')
  expect(calls.at(-1)?.query.get('fleetId')).toBe('1')
})

test('a change of who runs what is fetched again', async () => {
  const topic = { kind: 'releases' as const, fleetId: 1 }
  let running = 6
  fakeGateway({ listReleases: () => page([aRelease({ runningCount: running })]) })
  const screen = await renderPage(<ReleaseList fleetId={1} />)
  await expect.element(screen.getByRole('link', { name: '6', exact: true })).toBeVisible()
  running = 9
  screen.live.send(topic, { from: 5, to: 6, data: { hasChanged: true } })
  await expect.element(screen.getByRole('link', { name: '9', exact: true })).toBeVisible()
})

test('marking failed asks for a reason and says what follows; a refusal stays in words', async () => {
  const { calls } = fakeGateway({
    updateRelease: ({ body }) => {
      const { failureReason } = body as { failureReason: string }
      return { ...aRelease({ status: 'failed' }), failureReason }
    },
  })
  const screen = await renderPage(<ReleaseStatusActions release={aRelease()} followers={null} />)
  await screen.getByRole('button', { name: 'Mark failed' }).click()
  const dialog = screen.getByRole('dialog')
  await expect.element(dialog.getByText(/6 devices running it now keep it/)).toBeVisible()
  await expect.element(dialog.getByRole('button', { name: 'Mark failed' })).toBeDisabled()
  await dialog.getByLabelText('Reason').fill('Leaks memory')
  await dialog.getByRole('button', { name: 'Mark failed' }).click()
  await expect.element(dialog).not.toBeInTheDocument()
  expect(calls.at(-1)?.body).toEqual({ status: 'failed', failureReason: 'Leaks memory' })
})

test('who may not change releases sees why the buttons rest', async () => {
  fakeGateway({})
  const draft = aRelease({ status: 'draft' })
  const screen = await renderPage(<ReleaseStatusActions release={draft} followers={10} />, {
    role: 'support',
  })
  const finalise = screen.getByRole('button', { name: 'Finalise' })
  await expect.element(finalise).toBeDisabled()
  await expect.element(finalise).toHaveAttribute('title', 'Needs the role release manager')
})

test('a comparison shows what changes by field, and what it costs', async () => {
  const screen = await renderPage(
    <ReleaseComparison
      comparison={{
        from: aRelease({ id: 2, semver: '2.3.0' }),
        to: aRelease(),
        missingBytes: 20_000_000,
        fullBytes: 80_000_000,
        services: [
          {
            name: 'main',
            change: 'changed',
            fromImage: 'main:1',
            toImage: 'main:2',
            missingBytes: 20_000_000,
            fullBytes: 80_000_000,
            differences: [{ field: 'variable MODE', from: null, to: 'fast' }],
          },
          {
            name: 'old',
            change: 'removed',
            fromImage: 'old:1',
            toImage: null,
            missingBytes: 0,
            fullBytes: 0,
            differences: [],
          },
        ],
      }}
    />,
  )
  await expect.element(screen.getByRole('img', { name: 'Bytes to send: 20 MB of 80 MB' })).toBeInTheDocument()
  await expect.element(screen.getByText(/4× less/)).toBeVisible()
  await expect.element(screen.getByRole('row', { name: 'variable MODE not set fast' })).toBeVisible()
  await expect.element(screen.getByText('2 services: 1 changed, 1 removed')).toBeVisible()
  await expectAccessible()
})
