import { expect, test } from 'vitest'
import type { AuditEntry } from '#contract/audit'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { AuditList } from './audit-list'

const entry = (own: Partial<AuditEntry>): AuditEntry => ({
  id: 1,
  at: '2026-01-01T12:00:00.000Z',
  actor: 'Test person',
  actorKind: 'user',
  action: 'device.update',
  subjectKind: 'device',
  subjectId: 'a'.repeat(32),
  summary: 'Renamed lucid-fern',
  fleetId: 3,
  address: '192.0.2.7',
  data: {},
  ...own,
})

test('lists a page at a time, each subject a link to where it is', async () => {
  const { calls } = fakeGateway({
    listAudit: ({ query }) =>
      query.get('after') === null
        ? {
            rows: [
              entry({ id: 9 }),
              entry({
                id: 8,
                subjectKind: 'rollout',
                subjectId: '4',
                summary: 'Paused',
                action: 'rollout.pause',
              }),
              entry({ id: 7, subjectKind: 'provisioning-key', subjectId: '2', summary: 'Made a key' }),
              entry({ id: 6, subjectKind: 'user', subjectId: '2', summary: '<b>Changed</b> an account' }),
            ],
            next: '6',
          }
        : { rows: [entry({ id: 5, summary: 'The oldest' })], next: null },
  })
  const screen = await renderPage(<AuditList />, { at: '/audit' })
  await expect
    .element(screen.getByRole('link', { name: 'Device aaaaaaaa…' }))
    .toHaveAttribute('href', `/devices/${'a'.repeat(32)}`)
  await expect.element(screen.getByRole('link', { name: 'Rollout 4' })).toHaveAttribute('href', '/rollouts/4')
  await expect
    .element(screen.getByRole('link', { name: 'Provisioning key 2' }))
    .toHaveAttribute('href', '/fleets/3/settings')
  expect(screen.getByRole('link', { name: 'Account 2' }).elements()).toHaveLength(0)
  await expect.element(screen.getByText('<b>Changed</b> an account')).toBeVisible()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Load older entries' }).click()
  await expect.element(screen.getByText('The oldest')).toBeVisible()
  await expect.element(screen.getByText('These are all.')).toBeVisible()
  expect(calls.map((call) => call.query.get('after'))).toEqual([null, '6'])
})

test('a search without a match can be cleared', async () => {
  fakeGateway({
    listAudit: ({ query }) => ({
      rows: query.get('q') === '' || !query.has('q') ? [entry({})] : [],
      next: null,
    }),
  })
  const screen = await renderPage(<AuditList />, { at: '/audit?q=nothing' })
  await expect.element(screen.getByText('No entry matches “nothing”')).toBeVisible()
  await screen.getByRole('button', { name: 'Clear the search', exact: true }).last().click()
  await expect.element(screen.getByText('Renamed lucid-fern')).toBeVisible()
  await expect.poll(currentAddress).toBe('/audit')
})
