import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { aRelease, aService } from '@/testing/rollout-builders'
import { ReleaseForm } from './release-form'

const GOOD = 'services:\n  main:\n    image: registry.example/main:1\n'
const BAD = 'services:\n  main:\n    build: .\n'
const buildError = {
  line: 3,
  column: 5,
  severity: 'error' as const,
  path: 'services.main.build',
  message: 'a device cannot build images',
}
const digestWarning = {
  line: 3,
  column: 12,
  severity: 'warning' as const,
  path: 'services.main.image',
  message: 'has no digest',
}

const check = ({ body }: { body: unknown }) =>
  (body as { composeYaml: string }).composeYaml === BAD
    ? { isValid: false, problems: [buildError], services: [] }
    : { isValid: true, problems: [digestWarning], services: [aService()] }

const fleet = { id: 1, name: 'Kiosks', deviceCount: 120, tracksLatest: false }
const types = [{ slug: 'intel-nuc', name: 'Intel NUC', architecture: 'amd64' }]
const form = (own: Partial<Parameters<typeof ReleaseForm>[0]> = {}) => (
  <ReleaseForm fleet={fleet} deviceTypes={types} onCreated={vi.fn()} {...own} />
)

test('errors of the compose file stand at their lines, and lead there', async () => {
  fakeGateway({ checkCompose: check })
  const screen = await renderPage(form())
  const editor = screen.getByRole('textbox', { name: 'docker-compose.yml' })
  await editor.fill(BAD)
  await expect.element(screen.getByText('1 error: it cannot run on a device')).toBeVisible()
  await expect.element(editor).toHaveAttribute('aria-invalid', 'true')
  await expect.element(screen.getByRole('button', { name: 'Make final release' })).toBeDisabled()
  await expectAccessible()
  await screen.getByRole('button', { name: /Line 3.*a device cannot build images/ }).click()
  await expect.element(editor).toHaveFocus()
  const text = editor.element() as HTMLTextAreaElement
  expect(text.value.slice(text.selectionStart).startsWith('build: .')).toBe(true)
})

test('warnings do not keep a release from being made; what was found is shown', async () => {
  const { calls } = fakeGateway({ checkCompose: check, createRelease: () => aRelease() })
  const onCreated = vi.fn()
  const screen = await renderPage(form({ onCreated }))
  await screen.getByRole('textbox', { name: 'docker-compose.yml' }).fill(GOOD)
  await expect.element(screen.getByText('It can run; 1 warning')).toBeVisible()
  await expect.element(screen.getByRole('cell', { name: 'registry.example/main:1' })).toBeVisible()
  await screen.getByLabelText('Version').fill('2.4.0')
  await screen.getByRole('checkbox', { name: 'Intel NUC' }).click()
  await screen
    .getByLabelText('Image sizes (optional)')
    .fill('{"main": {"sizeBytes": 84000000, "layers": []}}')
  await expect.element(screen.getByRole('cell', { name: '84 MB' })).toBeVisible()
  await screen.getByRole('button', { name: 'Make final release' }).click()
  await expect.element(screen.getByText('2.4.0 is made.')).toBeVisible()
  expect(onCreated).toHaveBeenCalledWith(expect.objectContaining({ id: 3 }))
  expect(calls.find((call) => call.name === 'createRelease')?.body).toEqual({
    semver: '2.4.0',
    composeYaml: GOOD,
    notes: '',
    isDraft: false,
    deviceTypes: ['intel-nuc'],
    images: { main: { sizeBytes: 84_000_000, layers: [] } },
  })
})

test('what the gateway refuses is said at its field and at its line', async () => {
  fakeGateway({
    checkCompose: check,
    createRelease: () =>
      refuse(409, 'Not possible', [
        { field: 'body.semver', reason: 'belongs to another final release of this fleet' },
        { field: 'body.composeYaml:2:3 services.main', reason: 'is not to be' },
      ]),
  })
  const screen = await renderPage(form())
  await screen.getByRole('textbox', { name: 'docker-compose.yml' }).fill(GOOD)
  await screen.getByLabelText('Version').fill('2.4.0')
  await screen.getByRole('button', { name: 'Make final release' }).click()
  const version = screen.getByLabelText('Version')
  await expect.element(version).toHaveAttribute('aria-invalid', 'true')
  await expect.element(version).toHaveAccessibleDescription('belongs to another final release of this fleet')
  await expect.element(screen.getByRole('button', { name: /Line 2.*is not to be/ })).toBeVisible()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Not possible')
})

test('sizes that are no JSON are refused at once', async () => {
  fakeGateway({ checkCompose: check })
  const screen = await renderPage(form())
  await screen.getByLabelText('Image sizes (optional)').fill('{ main')
  await expect.element(screen.getByText(/^Not JSON/)).toBeVisible()
})

test('a final release of a fleet that tracks the latest asks first, and is not the default', async () => {
  const { calls } = fakeGateway({ checkCompose: check, createRelease: () => aRelease() })
  const screen = await renderPage(form({ fleet: { ...fleet, tracksLatest: true } }))
  await expect.element(screen.getByRole('radio', { name: /^Draft/ })).toBeChecked()
  await screen.getByRole('textbox', { name: 'docker-compose.yml' }).fill(GOOD)
  await screen.getByLabelText('Version').fill('2.4.0')
  await screen.getByRole('radio', { name: /^Final/ }).click()
  await screen.getByRole('button', { name: 'Make final release' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Make 2.4.0 final' })
  await expect.element(dialog.getByText(/all 120 devices that are not pinned get it at once/)).toBeVisible()
  expect(calls.some((call) => call.name === 'createRelease')).toBe(false)
  await dialog.getByRole('button', { name: 'Make it final' }).click()
  await expect.element(screen.getByText('2.4.0 is made.')).toBeVisible()
})

test('a file that is dropped or chosen is read', async () => {
  fakeGateway({ checkCompose: check })
  const screen = await renderPage(form())
  await userEvent.upload(
    screen.getByLabelText('Upload a compose file'),
    new File([GOOD], 'docker-compose.yml', { type: 'text/yaml' }),
  )
  await expect.element(screen.getByRole('textbox', { name: 'docker-compose.yml' })).toHaveValue(GOOD)
})
