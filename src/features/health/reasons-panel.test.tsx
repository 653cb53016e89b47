import { expect, test } from 'vitest'
import type { ExplainedReason, HealthReason, HealthSpread, PrecedingChange } from '#contract/health'
import { expectAccessible } from '@/testing/accessibility'
import { uuidOf } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { ReasonsPanel } from './reasons-panel'

const since = '2026-01-01T12:00:00.000Z'
const crash: HealthReason = {
  code: 'service-crash-loop',
  layer: 'service',
  service: 'api',
  severity: 'critical',
  since,
  evidence: 'api restarted 7 times in 10 min, limit 3; last exit code 139',
}
const stuck: HealthReason = {
  code: 'update-stuck',
  layer: 'service',
  severity: 'attention',
  since,
  evidence: 'No progress for 45 min, limit 30 min',
  follows: 'service-crash-loop',
}
const change: PrecedingChange = {
  kind: 'release',
  at: '2026-01-01T11:59:48.000Z',
  summary: 'release 1.4.2 arrived (before: 1.4.0)',
  actor: null,
  beforeMs: 12_000,
  releaseId: 42,
  variable: null,
}
const spread: HealthSpread = {
  fleet: { count: 9, of: 120 },
  release: { id: 42, semver: '1.4.2', same: { count: 9, of: 40 }, others: { count: 0, of: 80 } },
  deviceType: {
    slug: 'raspberrypi5',
    same: { count: 5, of: 60 },
    others: { count: 4, of: 60 },
  },
}
const explained = (reason: HealthReason, own: Partial<ExplainedReason> = {}): ExplainedReason => ({
  reason,
  rule: 'A service that restarted 3 times within 10 min.',
  source: 'The counter of restarts that the device tells.',
  limits: [{ key: 'crashLoopRestarts', value: 3, isDefault: true }],
  change,
  isAboutChange: true,
  spread,
  help: ['It starts and ends again at once.', 'Read the last lines before it ended.', 'Pin the device back.'],
  ...own,
})

type Show = { reasons?: ExplainedReason[]; role?: 'viewer' | 'release-manager' }
function show({ reasons = [explained(crash)], role = 'release-manager' }: Show = {}) {
  fakeGateway({ explainDeviceHealth: () => ({ health: 'critical', reasons }) })
  const device = { uuid: uuidOf(1), fleetId: 7, reasons: reasons.map((one) => one.reason) }
  return renderPage(<ReasonsPanel device={device} />, { role })
}

test('a reason says layer, cause, evidence, since when, rule and what helps', async () => {
  const screen = await show()
  await expect
    .element(screen.getByRole('heading', { level: 3, name: 'Service api: crash-looping' }))
    .toBeVisible()
  const item = screen.getByRole('listitem').first()
  await expect
    .element(item)
    .toHaveTextContent('api restarted 7 times in 10 min, limit 3; last exit code 139.')
  await expect.element(item).toHaveTextContent(/since 1 Jan.*ago/)
  await expect.element(screen.getByText(/A service that restarted 3 times within 10 min/)).toBeVisible()
  await expect.element(screen.getByText('The counter of restarts that the device tells.')).toBeVisible()
  await expect.element(screen.getByText('Read the last lines before it ended.')).toBeVisible()
  await expect
    .element(screen.getByRole('link', { name: 'Default limits.' }))
    .toHaveAttribute('href', '/fleets/7/settings')
  await expect
    .element(screen.getByRole('link', { name: 'logs of that minute' }))
    .toHaveAttribute(
      'href',
      `/devices/${uuidOf(1)}/logs?from=2026-01-01T11%3A59%3A00.000Z&to=2026-01-01T12%3A01%3A00.000Z`,
    )
  await expectAccessible()
})

test('who else shows it: a verdict, and counts that lead to the devices', async () => {
  const screen = await show()
  await expect
    .element(screen.getByText('Mostly devices on release 1.4.2 show it: look at the release.'))
    .toBeVisible()
  const to = (text: string) => screen.getByRole('link', { name: text })
  await expect
    .element(to('9 of 120 devices of this fleet'))
    .toHaveAttribute('href', '/devices?fleetId=7&reason=service-crash-loop')
  await expect
    .element(to('9 of 40 devices on release 1.4.2'))
    .toHaveAttribute('href', '/devices?fleetId=7&reason=service-crash-loop&release=42')
  await expect
    .element(to('5 of 60 devices of type raspberrypi5'))
    .toHaveAttribute('href', '/devices?fleetId=7&reason=service-crash-loop&deviceType=raspberrypi5')
})

const around = 'from=2026-01-01T11%3A54%3A48.000Z&to=2026-01-01T12%3A04%3A48.000Z'
test.each<[string, Partial<PrecedingChange>, string]>([
  ['a release', {}, '/releases/42'],
  [
    'a variable of the device',
    {
      kind: 'variable',
      releaseId: null,
      summary: 'the variable MODE was changed',
      variable: { name: 'MODE', scope: 'device' },
    },
    `/devices/${uuidOf(1)}/variables`,
  ],
  [
    'a variable of the fleet',
    {
      kind: 'variable',
      releaseId: null,
      summary: 'the variable MODE was changed for the fleet',
      variable: { name: 'MODE', scope: 'fleet' },
    },
    '/fleets/7/settings',
  ],
  [
    'a reboot',
    { kind: 'reboot', releaseId: null, summary: 'the device rebooted (power)' },
    `/devices/${uuidOf(1)}/timeline?${around}`,
  ],
])('the change before leads to %s', async (_what, own, href) => {
  const before = { ...change, ...own }
  const screen = await show({ reasons: [explained(crash, { change: before })] })
  await expect.element(screen.getByText(/Began 12 s after/)).toBeVisible()
  await expect.element(screen.getByRole('link', { name: before.summary })).toHaveAttribute('href', href)
})

const byAda: PrecedingChange = {
  ...change,
  kind: 'variable',
  releaseId: null,
  summary: 'the variable MODE was changed',
  actor: 'Ada Admin',
  variable: { name: 'MODE', scope: 'device' },
}
test('who may read the audit log is led to the entry; who may not still learns who it was', async () => {
  const reasons = [explained(crash, { change: byAda })]
  const manager = await show({ reasons })
  await expect
    .element(manager.getByRole('link', { name: 'Audit log' }))
    .toHaveAttribute('href', '/audit?q=variable%20MODE')
  await manager.unmount()
  const viewer = await show({ reasons, role: 'viewer' })
  await expect.element(viewer.getByText(/by Ada Admin/)).toBeVisible()
  await expect.element(viewer.getByRole('link', { name: 'Audit log' })).not.toBeInTheDocument()
})

test('the root cause comes first and open; what follows from it says so and is closed', async () => {
  const screen = await show({
    reasons: [explained(crash), explained(stuck, { change: null, isAboutChange: false })],
  })
  const second = screen.getByRole('listitem').filter({ hasText: 'No progress for 45 min' })
  await expect.element(second).toHaveTextContent('Probably a consequence of: service crash-looping.')
  await expect.element(second.getByText('What helps', { exact: true })).not.toBeVisible()
  await second.getByText('Rule, and what helps').click()
  await expect.element(second.getByText('What helps', { exact: true })).toBeVisible()
  await expect.element(second).not.toHaveTextContent('before it began')
})

test('that nothing changed is said only where changes are the question', async () => {
  const screen = await show({ reasons: [explained(crash, { change: null })] })
  await expect.element(screen.getByText('Nothing known changed in the 30 min before it began.')).toBeVisible()
})

test('without an explanation the reason itself still stands, with why there is none', async () => {
  fakeGateway({ explainDeviceHealth: () => refuse(503, 'The gateway is stopping') })
  const screen = await renderPage(<ReasonsPanel device={{ uuid: uuidOf(1), fleetId: 7, reasons: [crash] }} />)
  await expect.element(screen.getByText(/last exit code 139/)).toBeVisible()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The gateway is stopping')
})

test('a device that is well shows no panel', async () => {
  const screen = await renderPage(<ReasonsPanel device={{ uuid: uuidOf(1), fleetId: 7, reasons: [] }} />)
  await expect.element(screen.getByRole('region', { name: 'What is wrong' })).not.toBeInTheDocument()
})
