import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { DeviceTimeline as Timeline, TimelineMark } from '#contract/timeline'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { DeviceTimeline } from './device-timeline'

const uuid = '0123456789abcdef0123456789abcdef'
const at = (minute: number) => `2026-01-01T12:${String(minute).padStart(2, '0')}:00.000Z`
const mark = (from: number, to: number, own: Partial<TimelineMark>): TimelineMark => ({
  from: at(from),
  to: at(to),
  isOpenStart: false,
  isOpenEnd: false,
  tone: 'ok',
  label: 'Online',
  detail: [],
  actor: null,
  count: 1,
  ...own,
})
const timeline: Timeline = {
  from: at(0),
  to: at(59),
  resolutionMs: 4000,
  lanes: [
    {
      id: 'connectivity',
      kind: 'connectivity',
      name: 'Connectivity',
      marks: [mark(0, 20, {}), mark(20, 59, { label: 'Offline', tone: 'unknown' })],
    },
    {
      id: 'service:main',
      kind: 'service',
      name: 'main',
      marks: [
        mark(10, 18, {
          label: 'Crash loop, 37 restarts',
          tone: 'critical',
          count: 37,
          detail: ['main crash-looped: 37 restarts in 8 min, exit code 3'],
        }),
      ],
    },
  ],
}
const page = `/devices/${uuid}/timeline?from=${at(0)}&to=${at(59)}`
const show = () => {
  const gateway = fakeGateway({ getDeviceTimeline: () => timeline })
  return renderPage(<DeviceTimeline uuid={uuid} since={at(0)} version={0} />, { at: page }).then(
    (screen) => ({
      screen,
      gateway,
    }),
  )
}

test('each mark is a link to the logs of its minutes, and focus tells what it was', async () => {
  const { screen } = await show()
  const loop = screen.getByRole('link', { name: /main: Crash loop, 37 restarts/ })
  await expect.element(loop).toHaveAttribute('href', expect.stringContaining('/logs?from=2026-01-01T12%3A10'))
  ;(await loop.findElement()).focus()
  await expect.element(screen.getByText(/37 restarts in 8 min, exit code 3/)).toBeVisible()
  await expectAccessible()
})

test('buttons and keys zoom, and the address holds what is shown', async () => {
  const { screen, gateway } = await show()
  await screen.getByRole('button', { name: 'Zoom in' }).click()
  await expect.poll(currentAddress).toContain('from=2026-01-01T12%3A14%3A45')
  await expect.poll(() => gateway.calls.at(-1)?.query.get('from')).toBe('2026-01-01T12:14:45.000Z')
  ;(await screen.getByRole('link', { name: /Connectivity: Offline/ }).findElement()).focus()
  await userEvent.keyboard('-')
  await expect.poll(currentAddress).toContain('from=2026-01-01T12%3A00%3A00')
  await screen.getByRole('button', { name: '1 h' }).click()
  await expect.poll(currentAddress).toContain('range=1h')
})

test('the same is a table', async () => {
  const { screen } = await show()
  await screen.getByRole('button', { name: 'Table' }).click()
  await expect.element(screen.getByRole('row', { name: /Crash loop, 37 restarts/ })).toBeVisible()
  await expectAccessible()
})

test('keys that follow each other faster than they are drawn go on from one another', async () => {
  const { screen } = await show()
  const mark = await screen.getByRole('link', { name: /Connectivity: Offline/ }).findElement()
  for (const key of ['+', '+', 'ArrowLeft'])
    mark.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  // Of 59 min: 14 min 45 s around the middle, a quarter of them earlier.
  await expect.poll(currentAddress).toContain('from=2026-01-01T12%3A18%3A27')
})
