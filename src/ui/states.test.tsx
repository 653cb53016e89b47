import { useQuery } from '@tanstack/react-query'
import { expect, test, vi } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { QueryView } from './query-view'
import { SpreadBar } from './spread-bar'
import { Status } from './status'
import { Cell, HeaderCell, Table } from './table'

function Devices({ fetch }: { fetch: () => Promise<string[]> }) {
  const query = useQuery({ queryKey: ['devices', fetch], queryFn: fetch })
  return (
    <QueryView query={query} what="devices">
      {(names) => (
        <>
          <p>{names.join(', ')}</p>
          <button onClick={() => void query.refetch()}>Refresh</button>
        </>
      )}
    </QueryView>
  )
}

test('loading says what is loaded', async () => {
  const screen = await renderPage(<Devices fetch={() => new Promise(() => undefined)} />)
  await expect.element(screen.getByRole('status')).toHaveTextContent('Loading devices…')
})

test('a failed load says why and can be tried again', async () => {
  const fetch = vi
    .fn<() => Promise<string[]>>()
    .mockRejectedValueOnce(new Error('The gateway cannot be reached.'))
    .mockResolvedValueOnce(['door'])
  const screen = await renderPage(<Devices fetch={fetch} />)
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The gateway cannot be reached.')
  await expectAccessible()
  await screen.getByRole('button', { name: 'Try again' }).click()
  await expect.element(screen.getByText('door')).toBeVisible()
})

test('data that could not be refreshed stays, and says that it may be old', async () => {
  const fetch = vi
    .fn<() => Promise<string[]>>()
    .mockResolvedValueOnce(['door'])
    .mockRejectedValueOnce(new Error('The gateway answered 502.'))
    .mockResolvedValueOnce(['gate'])
  const screen = await renderPage(<Devices fetch={fetch} />)
  await screen.getByRole('button', { name: 'Refresh' }).click()
  await expect
    .element(screen.getByRole('alert'))
    .toHaveTextContent('as last known: The gateway answered 502.')
  await expect.element(screen.getByText('door')).toBeVisible()
  await screen.getByRole('button', { name: 'Try again' }).click()
  await expect.element(screen.getByText('gate')).toBeVisible()
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument()
})

test('a spread tells its parts in words and draws them in proportion', async () => {
  const screen = await renderPage(
    <div style={{ width: 400 }}>
      <SpreadBar
        label="Health"
        hasLegend
        parts={[
          { key: 'critical', label: 'Critical', count: 10, fillClass: 'bg-fill-critical' },
          { key: 'attention', label: 'Attention', count: 0, fillClass: 'bg-fill-attention' },
          { key: 'ok', label: 'OK', count: 30, fillClass: 'bg-fill-ok' },
        ]}
      />
    </div>,
  )
  const bar = screen.getByRole('img', { name: 'Health: Critical 10, OK 30' })
  const [critical, ok] = [...bar.element().children].map((part) => part.getBoundingClientRect().width)
  expect(ok! / critical!).toBeCloseTo(3, 1)
  await expect.element(screen.getByText('Attention')).not.toBeInTheDocument()
  await expectAccessible()
})

test('an empty spread says so', async () => {
  const screen = await renderPage(<SpreadBar label="Releases" parts={[]} />)
  await expect.element(screen.getByRole('img', { name: 'Releases: nothing yet' })).toBeInTheDocument()
})

test('a wide table scrolls inside its own box, which the keyboard reaches', async () => {
  const screen = await renderPage(
    <div style={{ width: 200 }}>
      <Table label="Keys">
        <thead>
          <tr>
            <HeaderCell>Name</HeaderCell>
            <HeaderCell>State</HeaderCell>
          </tr>
        </thead>
        <tbody>
          <tr>
            <Cell style={{ minWidth: 600 }}>Workshop</Cell>
            <Cell>
              <Status tone="critical">Failed</Status>
            </Cell>
          </tr>
        </tbody>
      </Table>
    </div>,
  )
  const box = screen.getByRole('group', { name: 'Keys' }).element()
  expect(box.scrollWidth).toBeGreaterThan(box.clientWidth)
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(innerWidth)
  expect(box.getAttribute('tabindex')).toBe('0')
  await expectAccessible()
})
