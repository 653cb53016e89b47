import { beforeEach, expect, test } from 'vitest'
import { useConnection } from '@/live/connection.store'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { makeFakeLive, renderPage } from '@/testing/render-page'
import { aReading, aSource } from '@/testing/source-builders'
import { SourceAge } from './source-age'

const at = new Date(2026, 0, 15, 12, 0, 0).toISOString()
const before = (seconds: number) => new Date(Date.parse(at) - seconds * 1000).toISOString()

beforeEach(() => useConnection.setState({ status: 'live', lastHeardAtMs: Date.now(), reason: null }))

async function renderAge() {
  const live = makeFakeLive()
  const gateway = fakeGateway({ getSource: () => aSource(at) })
  const screen = await renderPage(
    <header className="relative flex">
      <SourceAge />
    </header>,
    { live },
  )
  let cursor = 1
  const tell = (reading: Parameters<typeof aReading>[1]) =>
    live.send(
      { kind: 'source' },
      {
        from: cursor,
        to: ++cursor,
        data: { at, status: aSource(at, { reading: aReading(at, reading) }).status },
      },
    )
  return { ...screen, tell, calls: gateway.calls, age: screen.getByTestId('source-age') }
}

test('says how old figures are by the clock of the gateway, ticks without asking, and leads to the page of the source', async () => {
  const { age, calls } = await renderAge()
  await expect.element(age).toHaveTextContent(/^Read from openBalena at api\.example\.com\s+2 s ago/)
  await expect.element(age).toHaveTextContent(/4 s ago/)
  expect(calls.map(({ name }) => name)).toEqual(['getSource'])
  await expect.element(age).toHaveAttribute('href', '/settings/source')
  await expectAccessible()
})

test('a first reading is told as one', async () => {
  const { age, tell } = await renderAge()
  await expect.element(age).toBeInTheDocument()
  tell({ state: 'beginning', readAt: null })
  await expect.element(age).toHaveTextContent(/Reading openBalena at api\.example\.com for the first time/)
})

test('what is too old or cannot be read warns with the time and the reason, and is quiet again afterwards', async () => {
  const { age, tell, ...screen } = await renderAge()
  await expect.element(age).toBeInTheDocument()
  const warning = screen.getByRole('alert')
  tell({ readAt: before(20) })
  await expect.element(age).toHaveTextContent('Not read since 11:59:40')
  await expect
    .element(warning)
    .toHaveTextContent(/^Not read from openBalena at api\.example\.com since 11:59:40$/)
  const problem = { code: 'address' as const, sentence: 'api.example.com cannot be reached.', since: at }
  tell({ state: 'failing', problem })
  await expect.element(warning).toHaveTextContent('since 11:59:58: api.example.com cannot be reached.')
  await expectAccessible()
  tell({ state: 'failing', problem, readAt: null })
  await expect.element(warning).toHaveTextContent(/^Never read from/)
  tell({})
  await expect.element(warning).not.toBeInTheDocument()
})

test('while the gateway is not heard it says of when what is shown is, and blames nobody', async () => {
  const { age, tell, ...screen } = await renderAge()
  await expect.element(age).toBeInTheDocument()
  tell({ readAt: before(20) })
  await expect.element(screen.getByRole('alert')).toBeInTheDocument()
  useConnection.setState({ status: 'stale' })
  await expect.element(age).toHaveTextContent('Read at 11:59:40')
  expect(screen.getByRole('alert').query()).toBeNull()
})
