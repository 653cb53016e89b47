import { expect, test } from 'vitest'
import { healthThresholds, type HealthThresholds, type ThresholdPreview } from '#contract/health'
import { expectAccessible } from '@/testing/accessibility'
import { uuidOf } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { ThresholdsPanel } from './thresholds-panel'

const defaults = healthThresholds.parse({})
const fleet = { id: 7, name: 'Greenhouse sensors' }
const preview = (count: number): ThresholdPreview => ({
  judged: 240,
  changing: count,
  moves:
    count === 0
      ? []
      : [
          {
            from: 'ok',
            to: 'attention',
            count,
            devices: [{ uuid: uuidOf(1), name: 'bold-field', reason: 'CPU at 75 °C, limit 70 °C' }],
          },
        ],
})

type Show = {
  limits?: HealthThresholds
  changing?: number
  role?: 'viewer' | 'release-manager'
  answerSave?: () => unknown
  answerPreview?: () => unknown
}

async function show({ limits = defaults, changing = 3, role = 'release-manager', ...answers }: Show = {}) {
  let stored = limits
  const gateway = fakeGateway({
    getHealthThresholds: () => ({
      limits: stored,
      changed: { at: '2026-01-01T12:00:00.000Z', actor: 'Ada Admin' },
    }),
    previewHealthThresholds: answers.answerPreview ?? (() => preview(changing)),
    setHealthThresholds:
      answers.answerSave ??
      (({ body }) => {
        stored = healthThresholds.parse(body)
        return { limits: stored, changed: { at: '2026-01-02T12:00:00.000Z', actor: 'Rita Release' } }
      }),
  })
  const screen = await renderPage(<ThresholdsPanel fleet={fleet} />, { role })
  const hot = screen
    .getByRole('group', { name: 'CPU temperature' })
    .getByRole('spinbutton', { name: /^Attention from/ })
  const bodies = (name: string) => gateway.calls.filter((call) => call.name === name).map((call) => call.body)
  return {
    ...screen,
    hot,
    saved: () => bodies('setHealthThresholds'),
    previewed: () => bodies('previewHealthThresholds'),
  }
}

test('while a limit is changed it is shown how many devices would change, and which', async () => {
  const screen = await show()
  await expect.element(screen.getByText(/The default limits hold.*Last changed by Ada Admin/)).toBeVisible()
  await expect.element(screen.getByRole('button', { name: 'Save limits…' })).toBeDisabled()
  await screen.hot.fill('70')
  const box = screen.getByRole('region', { name: 'Preview' })
  await expect.element(box).toHaveTextContent('3 of 240 devices would change state')
  await expect
    .element(box.getByRole('list', { name: 'What would change' }))
    .toHaveTextContent(/OK.*Attention.*3 devices/)
  await box.getByText('3 devices').click()
  await expect.element(box.getByRole('link', { name: 'bold-field' })).toBeVisible()
  await expect.element(box.getByText('CPU at 75 °C, limit 70 °C')).toBeVisible()
  await expect.element(box.getByText('and 2 more')).toBeVisible()
  expect(screen.previewed()).toEqual([{ ...defaults, cpuTemperatureAttentionC: 70 }])
  expect(screen.saved()).toEqual([])
  await expectAccessible()
})

test('saving asks by consequence, then says that it is done and who did it', async () => {
  const screen = await show()
  await screen.hot.fill('70')
  await screen.getByRole('button', { name: 'Save limits…' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Change the health limits?' })
  await expect.element(dialog).toHaveTextContent('CPU temperature, attention from: 80 °C → 70 °C')
  await expect.element(dialog).toHaveTextContent('3 of 240 devices would change state')
  await expectAccessible()
  await dialog.getByRole('button', { name: 'Change limits' }).click()
  await expect.element(screen.getByText(/Its devices are judged anew/)).toBeVisible()
  await expect.element(dialog).not.toBeInTheDocument()
  expect(screen.saved()).toEqual([{ ...defaults, cpuTemperatureAttentionC: 70 }])
  await expect.element(screen.getByText(/This fleet has limits of its own/)).toBeVisible()
  await expect.element(screen.hot).toHaveValue(70)
  await expect.element(screen.getByRole('button', { name: 'Save limits…' })).toBeDisabled()
})

test('a change of many devices asks for the name of the fleet', async () => {
  const screen = await show({ changing: 100 })
  await screen.hot.fill('70')
  await screen.getByRole('button', { name: 'Save limits…' }).click()
  const dialog = screen.getByRole('dialog')
  const confirm = dialog.getByRole('button', { name: 'Change limits' })
  const name = dialog.getByRole('textbox', { name: /Type Greenhouse sensors/ })
  await name.fill('Greenhouse')
  await expect.element(confirm).toBeDisabled()
  await name.fill('Greenhouse sensors')
  await expect.element(confirm).toBeEnabled()
})

test('a refusal is said in the dialog, and what was typed stays', async () => {
  const screen = await show({ answerSave: () => refuse(403, 'Only a release manager may do this') })
  await screen.hot.fill('70')
  await screen.getByRole('button', { name: 'Save limits…' }).click()
  await screen.getByRole('button', { name: 'Change limits' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Only a release manager may do this')
  await screen.getByRole('button', { name: 'Cancel' }).click()
  await expect.element(screen.hot).toHaveValue(70)
})

test('the defaults are filled in, looked at and saved like any other limits', async () => {
  const own = { ...defaults, cpuTemperatureAttentionC: 60 }
  const screen = await show({ limits: own, changing: 0 })
  await screen.getByRole('button', { name: 'Fill in the defaults' }).click()
  await expect.element(screen.hot).toHaveValue(80)
  await expect.element(screen.getByText(/None of the 240 devices/)).toBeVisible()
  expect(screen.saved()).toEqual([])
  await screen.getByRole('button', { name: 'Discard changes' }).click()
  await expect.element(screen.hot).toHaveValue(60)
  await screen.getByRole('button', { name: 'Fill in the defaults' }).click()
  await screen.getByRole('button', { name: 'Save limits…' }).click()
  await screen.getByRole('button', { name: 'Change limits' }).click()
  await expect.poll(screen.saved).toEqual([defaults])
  await expect.element(screen.getByText(/The default limits hold/)).toBeVisible()
})

test('limits that cannot be are named instead of a preview, and are not sent', async () => {
  const screen = await show()
  await screen.hot.fill('95')
  const problem = 'must be above the limit for attention (95)'
  await expect
    .element(screen.getByRole('region', { name: 'Preview' }))
    .toHaveTextContent(`No preview yet. CPU temperature, Critical from: ${problem}`)
  await screen.getByRole('button', { name: 'Save limits…' }).click()
  await expect.element(screen.getByText(problem, { exact: true })).toBeVisible()
  expect([screen.previewed(), screen.saved()]).toEqual([[], []])
})

test('a preview that failed says why and can be asked for again', async () => {
  let isBroken = true
  const screen = await show({
    answerPreview: () => (isBroken ? refuse(503, 'The gateway is stopping') : preview(3)),
  })
  await screen.hot.fill('70')
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The gateway is stopping')
  isBroken = false
  await screen.getByRole('button', { name: 'Try again' }).click()
  await expect.element(screen.getByText(/would change state/)).toBeVisible()
})

test('whoever may not change them reads them and is told who may', async () => {
  const screen = await show({ role: 'viewer' })
  await expect.element(screen.getByText('A release manager can change these limits.')).toBeVisible()
  await expect.element(screen.hot).toBeDisabled()
  await expect.element(screen.getByRole('button', { name: 'Save limits…' })).not.toBeInTheDocument()
})
