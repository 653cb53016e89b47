import { useState } from 'react'
import { expect, test } from 'vitest'
import type { RolloutDetail } from '#contract/rollout'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { aPhase, aRollout, someCounts } from '@/testing/rollout-builders'
import { RolloutHistory } from './rollout-history'

const startMs = Date.parse('2026-01-15T12:00:00.000Z')
const at = (seconds: number) => new Date(startMs + seconds * 1000).toISOString()

function History({ rollout }: { rollout: RolloutDetail }) {
  const [view, setView] = useState<'chart' | 'table'>('chart')
  return <RolloutHistory rollout={rollout} view={view} onView={setView} />
}

const ended = (own: Partial<RolloutDetail>) =>
  aRollout({
    state: 'completed',
    counts: someCounts({ succeeded: 300 }),
    finishedAt: at(300),
    phases: [
      aPhase({ name: 'Canary', openedAt: at(0), passedAt: at(100), state: 'passed' }),
      aPhase({ index: 1, openedAt: at(100), passedAt: at(300), state: 'passed' }),
    ],
    pauses: [{ from: at(120), to: at(180), actor: 'Release manager', reason: 'Lunch' }],
    ...own,
  })

test('three hundred samples are a picture with its marks, and a table of the same', async () => {
  const samples = Array.from({ length: 300 }, (_, index) => ({
    at: at(index),
    counts: someCounts({ succeeded: index, waiting: 300 - index }),
  }))
  const screen = await renderPage(<History rollout={ended({ samples })} />)
  await expect.element(screen.getByText('1 Canary opened')).toBeVisible()
  await expect.element(screen.getByText(/Paused for 1 min by Release manager: Lunch/)).toBeVisible()
  await expect.element(screen.getByText('devices', { exact: true })).toBeInTheDocument()
  // Two lines of phases, one hatched time.
  await expect.poll(() => document.querySelectorAll('.recharts-reference-line-line').length).toBe(2)
  expect(document.querySelectorAll('.recharts-reference-area-rect')).toHaveLength(1)
  await expectAccessible()
  await screen.getByRole('button', { name: 'Table' }).click()
  const table = screen.getByRole('table', { name: 'Devices by state over time' })
  await expect.element(table.getByRole('row').nth(1)).toHaveTextContent('300')
  expect(table.getByRole('row').elements()).toHaveLength(61)
  await expect.element(table.getByRole('cell', { name: /2 Everyone opened/ })).toBeVisible()
  await expectAccessible()
})

test('a single sample is a picture too', async () => {
  const samples = [{ at: at(300), counts: someCounts({ succeeded: 300 }) }]
  await renderPage(<History rollout={ended({ samples })} />)
  await expect.poll(() => document.querySelectorAll('.recharts-area-area').length).toBe(1)
})
