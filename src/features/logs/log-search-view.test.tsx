import { describe, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { LogLine } from '#contract/log'
import type { SavedLogQuery } from '#contract/log-search'
import type { Role } from '#contract/session'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { aHistogram, aLogLine, aLogPage, logLines } from '@/testing/log-builders'
import { currentAddress, makeFakeLive, renderPage } from '@/testing/render-page'
import { LogView } from './log-view'

const lines = logLines(1, 100)
const contextOf = (line: LogLine, count: number) => ({
  line,
  before: lines.filter(({ id }) => id < line.id).slice(-count),
  after: lines.filter(({ id }) => id > line.id).slice(0, count),
  hasOlder: true,
  hasNewer: true,
})
const saved = (own: Partial<SavedLogQuery> = {}): SavedLogQuery => ({
  id: 1,
  name: 'Crashes',
  isShared: false,
  isOwn: true,
  savedBy: 'Ada',
  updatedAt: '2026-01-01T00:00:00.000Z',
  search: {
    device: [],
    service: ['main'],
    level: ['error'],
    source: 'all',
    stderr: 'all',
    text: 'panic',
    regex: '',
    fields: '',
    range: '24h',
  },
  ...own,
})

type Options = { at?: string; role?: Role; queries?: SavedLogQuery[]; shown?: LogLine[] }
async function show({ at = '/logs', role = 'support', queries = [], shown = lines }: Options = {}) {
  const live = makeFakeLive()
  const { calls } = fakeGateway({
    searchLogs: ({ query }) => {
      const before = Number(query.get('before') ?? Infinity)
      const after = Number(query.get('after') ?? 0)
      return aLogPage(shown.filter(({ id }) => id < before && id > after))
    },
    getLogHistogram: () => aHistogram([1, 0, 5, 2]),
    getLogContext: ({ params, query }) => {
      const line = shown.find(({ id }) => id === Number(params.lineId))
      return line ? contextOf(line, Number(query.get('before'))) : refuse(404, 'There is no such line')
    },
    listLogQueries: () => ({ queries }),
    saveLogQuery: () => saved(),
    deleteLogQuery: () => undefined,
    listFleets: () => ({ cursor: 1, fleets: [] }),
    listDevices: () => ({ cursor: 1, rows: [], total: 0, next: null }),
  })
  const screen = await renderPage(<LogView />, { at, role, live })
  const asked = (name: string) => calls.filter((call) => call.name === name)
  return { ...screen, live, asked, plot: screen.getByRole('slider', { name: 'Lines over time' }) }
}

describe('the histogram', () => {
  test('zooms in on what is dragged over, and the address holds it', async () => {
    const { plot, asked, getByTestId } = await show()
    await expect
      .element(getByTestId('histogram-words'))
      .toHaveTextContent('8 lines: 3 errors, 5 info · 1 bar = 1 min')
    const { left, top, width } = plot.element().getBoundingClientRect()
    const at = (share: number) => ({
      clientX: left + share * width,
      clientY: top + 10,
      pointerId: 1,
      bubbles: true,
    })
    const element = plot.element()
    // No real pointer is down that could be captured.
    element.setPointerCapture = () => undefined
    element.dispatchEvent(new PointerEvent('pointerdown', at(0.3)))
    element.dispatchEvent(new PointerEvent('pointermove', at(0.7)))
    await expect.element(getByTestId('histogram-words')).toHaveTextContent('5 lines: 1 error, 4 info')
    element.dispatchEvent(new PointerEvent('pointerup', at(0.7)))
    await expect.poll(currentAddress).toContain('from=2026-01-01T12%3A01%3A00.000Z')
    await expect.poll(currentAddress).toContain('to=2026-01-01T12%3A02%3A59.999Z')
    await expect.poll(() => asked('searchLogs').at(-1)?.query.get('to')).toBe('2026-01-01T12:02:59.999Z')
    await expect.element(getByTestId('log-status')).toHaveTextContent('Stored lines')
    await expectAccessible()
  })

  test('is walked, selected and zoomed with the keyboard alone', async () => {
    const { plot, getByRole } = await show()
    await expect.element(plot).toBeVisible()
    plot.element().focus()
    await userEvent.keyboard('{Home}{ArrowRight}{ArrowRight}')
    await expect.element(plot).toHaveAttribute('aria-valuenow', '2')
    expect(plot.element().getAttribute('aria-valuetext')).toContain('5 lines: 1 error, 4 info')
    await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}{Enter}')
    await expect.poll(currentAddress).toContain('from=2026-01-01T12%3A02%3A00.000Z')
    await expect.poll(currentAddress).toContain('to=2026-01-01T12%3A03%3A59.999Z')
    await getByRole('button', { name: 'All times' }).click()
    await expect.poll(currentAddress).toBe('/logs')
  })

  test('a click goes to that moment, and the chart can be put away', async () => {
    const { plot, getByRole } = await show()
    await plot.click()
    await expect.poll(currentAddress).toMatch(/at=2026-01-01T12%3A0[12]/)
    await getByRole('button', { name: 'Histogram' }).click()
    await expect.poll(currentAddress).toContain('chart=false')
    expect(plot.elements()).toHaveLength(0)
  })
})

describe('a range', () => {
  test('up to now is asked from its beginning and followed; one with an end is not', async () => {
    const { asked, live, getByRole, getByTestId } = await show({ at: '/logs?range=1h' })
    await expect.element(getByTestId('log-status')).toHaveTextContent('Following')
    await expect.element(getByTestId('log-lines')).toHaveTextContent('line 100')
    expect(getByTestId('log-lines').element().querySelector('.outline-accent')).toBeNull()
    const from = Date.parse(asked('searchLogs')[0]?.query.get('from') ?? '')
    expect(Math.abs(Date.now() - 3_600_000 - from)).toBeLessThan(30_000)
    await getByRole('button', { name: 'Time range: The last hour' }).click()
    await getByRole('textbox', { name: 'From' })
      .or(getByRole('dialog').getByLabelText('From'))
      .first()
      .fill('2026-01-01T10:00:00')
    await getByRole('dialog').getByLabelText('To', { exact: true }).fill('2026-01-01T09:00:00')
    await getByRole('button', { name: 'Search this time' }).click()
    await expect.element(getByRole('dialog')).toHaveTextContent('The end lies before the beginning')
    await getByRole('dialog').getByLabelText('To', { exact: true }).fill('2026-01-01T11:00:00')
    await getByRole('button', { name: 'Search this time' }).click()
    await expect
      .poll(currentAddress)
      .toContain(`from=${encodeURIComponent(new Date('2026-01-01T10:00:00').toISOString())}`)
    await expect.element(getByTestId('log-status')).toHaveTextContent('Stored lines')
    expect(live.isWatched({ kind: 'logs' })).toBe(false)
  })
})

describe('a link to a line', () => {
  test('stands at the line, marked, among those around it', async () => {
    const { asked, getByText, getByTestId } = await show({ at: '/logs?line=40' })
    await expect.element(getByText('line 40', { exact: true })).toBeInViewport()
    const row = getByTestId('log-lines').element().querySelector('[data-key="40"] .outline-accent')
    expect(row?.textContent).toContain('line 40')
    expect(asked('searchLogs').map(({ query }) => query.get('before') ?? query.get('after'))).toEqual([
      '41',
      '40',
    ])
  })

  test('says so when the line is gone', async () => {
    const { getByText, getByRole } = await show({ at: '/logs?line=4711&context=5' })
    await expect.element(getByText('The line that was linked to is no longer stored')).toBeVisible()
    await expect.element(getByRole('dialog')).toHaveTextContent('This line is no longer stored')
  })

  test('details with the lines around are part of it, as many as wished', async () => {
    const { getByRole, asked } = await show({ at: '/logs?line=40&context=5' })
    const dialog = getByRole('dialog')
    await expect.element(dialog).toHaveTextContent('5 lines before, 5 after')
    await expectAccessible()
    await getByRole('combobox', { name: 'Lines before and after' }).selectOptions('20')
    await expect.element(dialog).toHaveTextContent('20 lines before, 20 after')
    expect(asked('getLogContext').at(-1)?.query.get('after')).toBe('20')
    await expect.poll(currentAddress).toBe('/logs?line=40&context=20')
  })
})

describe('JSON lines', () => {
  const shown = [aLogLine({ message: '{"msg":"too slow","status":500,"req":{"path":"/a b"}}' })]
  test('are shown as fields, a press on a value filters by it, and it can be taken back', async () => {
    const { asked, getByTestId, getByText, getByRole } = await show({ shown })
    await expect.element(getByTestId('log-lines')).toHaveTextContent('too slowstatus=500req.path=/a b')
    await getByText('/a b', { exact: true }).click()
    await expect.poll(() => asked('searchLogs').at(-1)?.query.get('fields')).toBe('req.path="/a b"')
    await expectAccessible()
    await getByRole('button', { name: 'Remove the condition req.path="/a b"' }).click()
    await expect.poll(currentAddress).toBe('/logs')
    await getByRole('button', { name: 'Fields', pressed: true }).click()
    await expect.element(getByTestId('log-lines')).toHaveTextContent('{"msg":"too slow","status":500')
  })

  test('the details filter by a field or leave it out', async () => {
    const { getByRole } = await show({ shown, at: '/logs?line=1&context=5' })
    await getByRole('button', { name: 'Without lines where status is this' }).click()
    await expect.poll(currentAddress).toBe('/logs?line=1&fields=status%21%3D500')
  })
})

describe('saved queries', () => {
  test('set filters and range again', async () => {
    const { getByRole } = await show({ queries: [saved()] })
    await getByRole('button', { name: 'Saved', exact: true }).click()
    await expectAccessible()
    await getByRole('button', { name: /^Crashes/ }).click()
    await expect.poll(currentAddress).toBe('/logs?range=24h&service=main&level=error&text=panic')
  })

  test('what is set is saved under a name, for all if one may', async () => {
    const { getByRole, asked } = await show({ at: '/logs?text=panic&range=1h' })
    await getByRole('button', { name: 'Saved', exact: true }).click()
    await getByRole('button', { name: 'Save this search' }).click()
    await getByRole('textbox', { name: 'Name' }).fill('Panics')
    await getByRole('checkbox', { name: 'Everybody sees it' }).click()
    await getByRole('button', { name: 'Save', exact: true }).click()
    await expect
      .poll(() => asked('saveLogQuery').at(-1)?.body)
      .toMatchObject({
        name: 'Panics',
        isShared: true,
        search: { text: 'panic', range: '1h' },
      })
  })

  test('are renamed and deleted by whoever saved them; others’ only by an administrator', async () => {
    const queries = [saved(), saved({ id: 2, name: 'Shared', isOwn: false, isShared: true })]
    const { getByRole, asked } = await show({ queries, role: 'viewer' })
    await getByRole('button', { name: 'Saved', exact: true }).click()
    await expect.element(getByRole('button', { name: 'Rename Crashes' })).toBeVisible()
    expect(getByRole('button', { name: 'Delete Shared' }).elements()).toHaveLength(0)
    await getByRole('button', { name: 'Delete Crashes' }).click()
    await getByRole('button', { name: 'Delete', exact: true }).click()
    await expect.poll(() => asked('deleteLogQuery').at(-1)?.params.queryId).toBe('1')
  })
})

test('an export is of the range looked at, with its size', async () => {
  const { getByRole } = await show({
    at: '/logs?from=2026-01-01T12:00:00.000Z&to=2026-01-01T12:30:00.000Z&text=x',
  })
  await getByRole('button', { name: 'Download' }).click()
  const dialog = getByRole('dialog')
  await expect.element(dialog).toHaveTextContent(/8 lines, about \d+ B/)
  const link = getByRole('link', { name: 'Download' })
  expect(link.element().getAttribute('href')).toContain('from=2026-01-01T12%3A00%3A00.000Z&to=')
  await getByRole('combobox', { name: 'Format' }).selectOptions('ndjson')
  await expect.element(link).toHaveAttribute('href', expect.stringContaining('format=ndjson'))
  await expectAccessible()
})
