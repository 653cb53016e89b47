import { expect, test } from 'vitest'
import type { RolloutReport as Report } from '#contract/rollout-report'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { aPhase, aRollout, someCounts } from '@/testing/rollout-builders'
import { RolloutReport } from './rollout-report'

function aReport(own: Partial<Report> = {}): Report {
  const counts = someCounts({ succeeded: 7, failed: 2, offline: 1 })
  const rollout = aRollout({
    counts,
    note: 'Contactless payment',
    phases: [aPhase({ name: 'Canary', counts, state: 'passed', passedAt: '2026-01-15T12:40:00.000Z' })],
    failures: [
      {
        key: 'f'.repeat(32),
        reason: 'main exits with code 1',
        count: 2,
        examples: [{ uuid: 'a'.repeat(32), name: '<b>unit-1</b>' }],
      },
    ],
    pauses: [
      { from: '2026-01-15T12:10:00.000Z', to: '2026-01-15T12:20:00.000Z', actor: 'A', reason: '' },
      { from: '2026-01-15T12:30:00.000Z', to: null, actor: 'A', reason: '' },
    ],
  })
  return {
    generatedAt: '2026-01-15T13:00:00.000Z',
    rollout,
    gates: [
      {
        phaseIndex: 0,
        isFinal: true,
        criteria: [
          {
            code: 'success',
            label: 'Succeeded',
            value: 77.8,
            limit: 70,
            unit: 'percent',
            sample: 9,
            minimumSample: 1,
            control: null,
            verdict: 'pass',
          },
        ],
      },
    ],
    notUpdated: [
      {
        state: 'offline',
        reason: null,
        count: 30,
        devices: [{ uuid: 'b'.repeat(32), name: 'lost-otter' }],
      },
    ],
    timeline: [
      {
        id: 1,
        at: '2026-01-15T12:00:00.000Z',
        actor: 'Release manager',
        actorKind: 'user',
        action: 'rollout.start',
        summary: 'Started rollout 7',
      },
    ],
    isTimelineCut: false,
    ...own,
  }
}

test('a report tells result, phases, gates, failures, who was left out, and the way to every device', async () => {
  const screen = await renderPage(<RolloutReport report={aReport()} />)
  await expect.element(screen.getByText(/^So far, as of /)).toBeVisible()
  await expect
    .element(screen.getByText('7 of 10 devices updated (70 %), 2 failed, 1 offline and still owed'))
    .toBeVisible()
  await expect.element(screen.getByText('2 times, 40 min in all')).toBeVisible()
  await expect.element(screen.getByRole('row', { name: /^1 Canary .* 10 7 2 1 0 .* 40 min$/ })).toBeVisible()
  await expect
    .element(screen.getByRole('table', { name: 'Criteria of 1 Canary' }).getByText('77.8 %'))
    .toBeVisible()
  await expect.element(screen.getByText('<b>unit-1</b>')).toBeVisible()
  await expect.element(screen.getByText('lost-otter and 29 more')).toBeVisible()
  await expect.element(screen.getByText('Started rollout 7')).toBeVisible()
  await expect
    .element(screen.getByRole('link', { name: 'Devices (CSV)' }))
    .toHaveAttribute('href', '/api/v1/rollouts/7/export?format=csv')
  await expectAccessible()
})

test('of a rollout that has ended it is no longer told as so far', async () => {
  const report = aReport()
  const rollout = { ...report.rollout, state: 'completed' as const, finishedAt: '2026-01-15T12:50:00.000Z' }
  const screen = await renderPage(<RolloutReport report={{ ...report, rollout, notUpdated: [] }} />)
  await expect.element(screen.getByText(/^In the end, as of /)).toBeVisible()
  await expect.element(screen.getByText(/, after 50 min$/)).toBeVisible()
  await expect.element(screen.getByText('Every device is updated.')).toBeVisible()
})
