import { expect, test } from 'vitest'
import type { AuditCheck } from '#contract/audit'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { AuditCheckButton } from './audit-check'

const check = (own: Partial<AuditCheck> = {}): AuditCheck => ({
  isWhole: true,
  sealed: 1_234,
  waiting: 0,
  head: { position: 1_234, hash: 'ab'.repeat(32) },
  faults: [],
  ...own,
})

test('a whole log says so, with the newest seal to keep elsewhere', async () => {
  fakeGateway({ checkAudit: () => check({ waiting: 2 }) })
  const screen = await renderPage(<AuditCheckButton />)
  await screen.getByRole('button', { name: 'Check the log' }).click()
  const dialog = screen.getByRole('dialog')
  await expect.element(dialog).toHaveTextContent('1,234 sealed entries follow on each other')
  await expect.element(dialog).toHaveTextContent('2 entries of the last seconds are not sealed yet')
  await expect.element(dialog.getByText('ab'.repeat(32))).toBeVisible()
  await expectAccessible()
})

test('a log that was tampered with says where', async () => {
  fakeGateway({
    checkAudit: () =>
      check({
        isWhole: false,
        faults: [
          { position: 7, entryId: 9, what: 'the entry or its seal was changed' },
          { position: null, entryId: 40, what: '2 entries were put in past the gateway' },
        ],
      }),
  })
  const screen = await renderPage(<AuditCheckButton />)
  await screen.getByRole('button', { name: 'Check the log' }).click()
  await expect
    .element(screen.getByRole('alert'))
    .toHaveTextContent('At seal 7 (entry 9): the entry or its seal was changed')
  await expect.element(screen.getByRole('alert')).toHaveTextContent('2 entries were put in past the gateway')
  await expectAccessible()
})
