import { expect, test } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { aLogLine, aLogPage } from '@/testing/log-builders'
import { renderPage } from '@/testing/render-page'
import { LogExcerpt } from './log-excerpt'

const uuid = 'a'.repeat(32)
const at = '2026-01-01T12:00:01.000Z'

test('lines before and after a moment stand around it; hostile ones are text', async () => {
  const { calls } = fakeGateway({
    searchLogs: () =>
      aLogPage([
        aLogLine({ id: 1, message: '<img src=x onerror=alert(1)>' }),
        aLogLine({ id: 2000, message: 'afterwards' }),
      ]),
  })
  const screen = await renderPage(<LogExcerpt deviceUuid={uuid} at={at} what="Failed" />)
  const box = screen.getByRole('group', { name: 'Log lines' })
  await expect
    .poll(() => box.element().textContent)
    .toMatch(/<img src=x onerror=alert\(1\)>.*Failed .*afterwards/)
  expect(calls[0]?.query.get('device')).toBe(uuid)
  expect(calls[0]?.query.get('at')).toBe(at)
  await expect
    .element(screen.getByRole('link', { name: 'Whole log at that time' }))
    .toHaveAttribute('href', `/devices/${uuid}/logs?at=2026-01-01T12%3A00%3A01.000Z`)
  await expectAccessible()
})

test('a device without lines says so', async () => {
  fakeGateway({ searchLogs: () => aLogPage([]) })
  const screen = await renderPage(<LogExcerpt deviceUuid={uuid} at={at} what="Failed" />)
  await expect.element(screen.getByText(/no log lines that are still kept/)).toBeVisible()
})
