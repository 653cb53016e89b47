import { describe, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { logSelector, type LogLine, type LogPage } from '#contract/log'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { aHistogram, aLogLine, aLogPage, logLines } from '@/testing/log-builders'
import { currentAddress, makeFakeLive, renderPage } from '@/testing/render-page'
import { LogView } from './log-view'

const uuid = 'a'.repeat(32)
const topicOf = (selector: object = {}) => ({ kind: 'logs' as const, selector: logSelector.parse(selector) })

async function show(page: LogPage | Response, options: { at?: string; deviceUuid?: string } = {}) {
  const live = makeFakeLive()
  const { calls } = fakeGateway({
    searchLogs: () => page,
    getLogHistogram: () => aHistogram([1, 0, 5, 2]),
    listFleets: () => ({ cursor: 1, fleets: [] }),
    listDevices: () => ({ cursor: 1, rows: [], total: 0, next: null }),
  })
  const { deviceUuid } = options
  const screen = await renderPage(<LogView {...(deviceUuid === undefined ? {} : { deviceUuid })} />, {
    at: options.at ?? '/logs',
    live,
  })
  const selector = deviceUuid === undefined ? {} : { device: deviceUuid }
  return {
    ...screen,
    live,
    searches: () => calls.filter((call) => call.name === 'searchLogs').map((call) => call.query),
    status: screen.getByTestId('log-status'),
    lines: screen.getByTestId('log-lines'),
    send: (lines: LogLine[], dropped = 0) =>
      live.send<'logs'>(topicOf(selector), {
        from: 0,
        to: lines.at(-1)?.id ?? 0,
        data: { lines, dropped },
      }),
  }
}

describe('following', () => {
  test('stored lines first, then live ones; paused, they are counted until asked for', async () => {
    const { status, lines, send, getByRole, getByText } = await show(aLogPage(logLines(1, 100)))
    await expect.element(getByText('line 100', { exact: true })).toBeVisible()
    await expect.element(status).toHaveTextContent('Following · 100 lines')
    send(logLines(99, 102))
    await expect.element(getByText('line 102', { exact: true })).toBeVisible()
    await getByRole('button', { name: 'Pause' }).click()
    send(logLines(103, 150))
    await expect.element(status).toHaveTextContent('Paused, 48 new lines · 150 lines')
    expect(lines.element().textContent).not.toContain('line 150')
    await getByRole('button', { name: '48 new lines' }).click()
    await expect.element(getByText('line 150', { exact: true })).toBeVisible()
    await expect.element(status).toHaveTextContent('Following')
    await expectAccessible()
  })

  test('lines that arrive in the frame of pausing do not move the view', async () => {
    const { status, lines, send, getByRole } = await show(aLogPage(logLines(1, 300)))
    await expect.element(status).toHaveTextContent('Following · 300 lines')
    const box = lines.element()
    await expect.poll(() => box.scrollHeight - box.scrollTop - box.clientHeight).toBeLessThan(2)
    const top = box.scrollTop
    const pause = getByRole('button', { name: 'Pause' }).element()
    if (!(pause instanceof HTMLElement)) throw new Error('no button to pause with')
    pause.click()
    send(logLines(301, 350))
    await expect.element(status).toHaveTextContent('Paused, 50 new lines · 350 lines')
    expect(box.scrollTop).toBe(top)
  })

  test('scrolling up pauses, and what is being read stays where it is', async () => {
    const { status, lines, send } = await show(aLogPage(logLines(1, 300)))
    await expect.element(status).toHaveTextContent('300 lines')
    const box = lines.element()
    await expect.poll(() => box.scrollHeight - box.scrollTop - box.clientHeight).toBeLessThan(2)
    // As somebody does who reads up: a notch at a time, until the view holds still.
    await expect
      .poll(() => {
        const text = status.element().textContent
        if (!text.includes('Paused')) box.scrollBy(0, -300)
        return text
      })
      .toContain('Paused')
    const top = box.scrollTop
    expect(top).toBeGreaterThan(0)
    send(logLines(301, 400))
    await expect.element(status).toHaveTextContent('100 new lines')
    expect(box.scrollTop).toBe(top)
  })

  test('a flood is followed at its end; paused, the lines in sight stay and all others are above them', async () => {
    const { status, lines, send, getByRole, getByText } = await show(aLogPage(logLines(1, 500)))
    await expect.element(status).toHaveTextContent('500 lines')
    for (let first = 501; first < 6_000; first += 500) send(logLines(first, first + 499))
    await expect.element(getByText('line 6000', { exact: true })).toBeVisible()
    const box = lines.element()
    const lastTop = () => getByText('line 6000', { exact: true }).element().getBoundingClientRect().top
    const before = lastTop()
    await getByRole('button', { name: 'Pause' }).click()
    await expect.element(status).toHaveTextContent('Paused, 0 new lines · 6,000 lines')
    await expect.poll(() => box.scrollHeight).toBeGreaterThan(6_000 * 20)
    await expect.poll(() => Math.round(lastTop() - before)).toBe(0)
    box.scrollTop = 0
    await expect.element(getByText('line 1', { exact: true })).toBeVisible()
    await getByRole('button', { name: 'To the newest line' }).click()
    await expect.element(getByText('line 6000', { exact: true })).toBeVisible()
  })

  test('moving with the keyboard while it follows goes on from the line in sight', async () => {
    const { status, send, getByRole, getByText } = await show(aLogPage(logLines(1, 500)))
    await expect.element(status).toHaveTextContent('500 lines')
    send(logLines(501, 3_000))
    await expect.element(getByText('line 3000', { exact: true })).toBeVisible()
    await userEvent.keyboard('k')
    await expect.element(status).toHaveTextContent('Paused')
    await expect.element(getByRole('status').filter({ hasText: 'line 3000' })).toBeInTheDocument()
    await expect.element(getByText('line 3000', { exact: true })).toBeVisible()
  })

  test('Space pauses and follows, but not while typing', async () => {
    const { status, lines, getByRole } = await show(aLogPage(logLines(1, 3)))
    await expect.element(lines).toBeVisible()
    lines.element().focus()
    await userEvent.keyboard(' ')
    await expect.element(status).toHaveTextContent('Paused')
    await userEvent.keyboard('{End}')
    await expect.element(status).toHaveTextContent('Following')
    await userEvent.keyboard('/a b')
    await expect.element(getByRole('searchbox', { name: 'Search the text' })).toHaveValue('a b')
    await expect.element(status).toHaveTextContent('Following')
  })

  test('j and k go through lines and Enter opens one', async () => {
    const { status, lines, getByRole } = await show(aLogPage(logLines(1, 3)))
    await expect.element(lines).toBeVisible()
    await userEvent.keyboard('jk')
    await expect.element(status).toHaveTextContent('Paused')
    await expect.element(getByRole('status').getByText('info: line 2')).toBeInTheDocument()
    await userEvent.keyboard('{Enter}')
    await expect.element(getByRole('dialog')).toHaveTextContent('line 2')
  })

  test('dropped lines leave a marker that says how many', async () => {
    const { send, getByRole, getByText } = await show(aLogPage(logLines(1, 5)))
    await expect.element(getByText('line 5', { exact: true })).toBeVisible()
    send(logLines(90, 92), 1204)
    await expect
      .element(getByRole('note'))
      .toHaveTextContent('1,204 lines dropped: this reader was too slow.')
    await expectAccessible()
    await getByRole('button', { name: 'Show what is stored' }).click()
    await expect.poll(currentAddress).toContain('at=')
  })
})

describe('filters', () => {
  test('are held in the URL and asked of the gateway and of the live topic', async () => {
    const { live, searches, getByRole, getByLabelText } = await show(aLogPage(logLines(1, 3)))
    await getByRole('button', { name: 'Levels' }).click()
    await getByRole('checkbox', { name: 'Error' }).click()
    await expect.poll(currentAddress).toBe('/logs?level=error')
    await userEvent.keyboard('{Escape}')
    await getByLabelText('Where lines come from').selectOptions('system')
    await getByRole('button', { name: 'stderr only' }).click()
    await expect.poll(currentAddress).toBe('/logs?level=error&source=system&stderr=only')
    await expect.poll(() => searches().at(-1)?.toString()).toContain('level=error&source=system&stderr=only')
    const selector = { level: 'error', source: 'system', stderr: 'only' }
    await expect.poll(() => live.isWatched(topicOf(selector))).toBe(true)
    expect(live.isWatched(topicOf())).toBe(false)
    await getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(currentAddress).toBe('/logs')
  })

  test('a link shows the same again', async () => {
    const { searches, getByRole } = await show(aLogPage(logLines(1, 3)), {
      at: '/logs?regex=disk.*full&wrap=true&service=main',
    })
    await expect.element(getByRole('searchbox')).toHaveValue('disk.*full')
    await expect.element(getByRole('button', { name: 'Wrap' })).toHaveAttribute('aria-pressed', 'true')
    expect(searches()[0]?.get('regex')).toBe('disk.*full')
    expect(searches()[0]?.get('service')).toBe('main')
  })

  test('a bad pattern is explained at the field', async () => {
    const reason = 'is not a regular expression in RE2 syntax: missing closing )'
    const refusal = refuse(400, 'The request is not valid', [{ field: 'query.regex', reason }])
    const { getByRole, getByText } = await show(refusal, { at: '/logs?regex=(' })
    await expect.element(getByRole('alert')).toHaveTextContent(`This ${reason}`)
    await expect.element(getByRole('searchbox')).toHaveAccessibleDescription(`This ${reason}`)
    await expect.element(getByText('This is not a regular expression', { exact: true })).toBeVisible()
    await expectAccessible()
  })

  test('what was searched for is marked, across colours', async () => {
    const message = 'disk \u001B[31mfu\u001B[1mll\u001B[0m'
    const { getByText, lines } = await show(aLogPage([aLogLine({ message })]), {
      at: '/logs?text=DISK%20FULL',
    })
    await expect.element(getByText('disk', { exact: false }).first()).toBeVisible()
    expect([...lines.element().querySelectorAll('mark')].map((mark) => mark.textContent).join('')).toBe(
      'disk full',
    )
  })
})

describe('the view of one device', () => {
  test('asks for its lines alone and offers no other devices', async () => {
    const { searches, send, getByText, getByRole } = await show(aLogPage(logLines(1, 2)), {
      deviceUuid: uuid,
    })
    await expect.element(getByText('line 2', { exact: true })).toBeVisible()
    expect(searches()[0]?.get('device')).toBe(uuid)
    expect(getByRole('button', { name: 'Devices' }).elements()).toHaveLength(0)
    send(logLines(3, 3))
    await expect.element(getByText('line 3', { exact: true })).toBeVisible()
    expect(getByText('lucid-fern').elements()).toHaveLength(0)
  })
})

describe('hostile lines', () => {
  test('act on nothing and hide nothing', async () => {
    const messages = [
      '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">',
      '\u001B[2J\u001B]0;title\u0007\u001B[31mred\u001B[0m \u001B[8mafter',
      'photo\u202Egnp.exe',
      'x'.repeat(10_000),
    ]
    const hostileName = '<b>lucid</b>\u202E'
    const page = aLogPage(
      messages.map((message, index) => aLogLine({ id: index + 1, message, deviceName: hostileName })),
    )
    const { lines, getByText } = await show(page)
    await expect.element(getByText('<script>', { exact: false })).toBeVisible()
    const text = lines.element().textContent
    expect(Reflect.get(window, 'pwned')).toBeUndefined()
    expect(lines.element().querySelector('script, img, b')).toBeNull()

    expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/)
    expect(text).toContain('red after')
    expect(text).toContain('photo⟨202E⟩gnp.exe')
    expect(text).toContain('8,000 more characters')
    // The page itself must not scroll sideways.
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(window.innerWidth)
    await expectAccessible()
  })

  test('a long line is whole in its details, JSON indented', async () => {
    const message = JSON.stringify({ msg: 'y'.repeat(5_000), nested: { n: 1 } })
    const { getByRole, getByText } = await show(aLogPage([aLogLine({ message })]))
    await getByText(/\.001$/).click()
    const dialog = getByRole('dialog')
    await expect.element(dialog).toHaveTextContent('y'.repeat(5_000))
    expect(dialog.element().textContent).toContain('"n": 1')
    await expectAccessible()
  })
})

describe('nothing to show', () => {
  test('says how lines come', async () => {
    const { getByText } = await show(aLogPage([]))
    await expect.element(getByText('No log lines yet')).toBeVisible()
    await expectAccessible()
  })
  test('says when it is the filter', async () => {
    const { getByText, getByRole } = await show(aLogPage([]), { at: '/logs?text=nowhere' })
    await expect.element(getByText('No stored line matches')).toBeVisible()
    await expect.element(getByRole('button', { name: 'Clear filters' }).first()).toBeVisible()
  })
  test('a search that stopped early offers to go on', async () => {
    const page = aLogPage([], { hasOlder: true, isTruncated: true, olderFrom: 700, cursor: 50_700 })
    const { searches, getByRole } = await show(page, { at: '/logs?regex=rare' })
    await getByRole('button', { name: 'Search further back' }).click()
    await expect.poll(() => searches().at(-1)?.get('before')).toBe('700')
  })
  test('a failure can be tried again', async () => {
    const { getByRole, searches } = await show(refuse(503, 'The gateway is starting'))
    await expect.element(getByRole('alert')).toHaveTextContent('The gateway is starting')
    const before = searches().length
    await getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => searches().length).toBeGreaterThan(before)
  })
})
