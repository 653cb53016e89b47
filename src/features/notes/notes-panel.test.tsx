import { expect, test } from 'vitest'
import type { DeviceNote } from '#contract/device-note'
import { expectAccessible } from '@/testing/accessibility'
import { uuidOf } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { NotesPanel } from './notes-panel'

const device = { uuid: uuidOf(1), notesChangedAt: null }
const aNote = (own: Partial<DeviceNote> = {}): DeviceNote => ({
  id: 1,
  author: 'Ann',
  isOwn: true,
  body: 'Behind the **second** door',
  createdAt: '2026-01-01T12:00:00.000Z',
  editedAt: null,
  editedBy: null,
  revision: 1,
  ...own,
})

test('Markdown is read; who wrote it and when is said', async () => {
  fakeGateway({
    listDeviceNotes: () => ({
      notes: [
        aNote({ body: 'Behind the **second** door\n\n- ladder\n- key [plan](https://example.org/plan)' }),
      ],
    }),
  })
  const screen = await renderPage(<NotesPanel device={device} />)
  await expect
    .element(screen.getByRole('list', { name: 'Notes' }).getByRole('listitem').first())
    .toHaveTextContent('Ann')
  await expect.element(screen.getByText('second', { exact: true })).toHaveProperty('tagName', 'STRONG')
  const link = screen.getByRole('link', { name: 'plan' })
  await expect.element(link).toHaveAttribute('rel', 'noopener noreferrer nofollow')
  await expect.element(link).toHaveAttribute('href', 'https://example.org/plan')
  await expectAccessible()
})

test('a hostile note is text: no element, no picture, no script, no address that runs something', async () => {
  const hostile = [
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><iframe src="//evil"></iframe>',
    '[run](javascript:window.hacked=1) [data](data:text/html,<script>1</script>) [vb](vbscript:x) [far](//evil.example)',
    '![spy](https://evil.example/pixel.png)',
    '[ref]',
    '',
    '[ref]: javascript:alert(1)',
    '<a href="javascript:alert(1)">click</a> <https://ok.example> <javascript:alert(1)>',
    '&lt;b&gt; \u202Egnp.exe',
  ].join('\n')
  fakeGateway({ listDeviceNotes: () => ({ notes: [aNote({ body: hostile, author: '<b>Eve</b>' })] }) })
  const screen = await renderPage(<NotesPanel device={device} />)
  const list = screen.getByRole('list', { name: 'Notes' })
  await expect.element(list.getByRole('link', { name: 'https://ok.example' })).toBeVisible()
  await expect.element(list).toHaveTextContent('<b>Eve</b>')
  const element = list.element()
  expect(element.querySelectorAll('img, script, iframe, style, form, object, b')).toHaveLength(0)
  const addresses = [...element.querySelectorAll('a')].map((link) => link.getAttribute('href') ?? '')
  expect(addresses).toEqual(['https://ok.example'])
  expect(Reflect.get(window, 'hacked')).toBeUndefined()
  await expect.element(list).toHaveTextContent('[picture: spy]')
})

test('a note that cannot be saved is not lost', async () => {
  fakeGateway({
    listDeviceNotes: () => ({ notes: [] }),
    createDeviceNote: () => refuse(500, 'The note could not be stored'),
  })
  const screen = await renderPage(<NotesPanel device={device} />)
  await screen.getByRole('button', { name: 'Write a note' }).click()
  await screen.getByRole('textbox', { name: 'New note' }).fill('Behind the second door')
  await screen.getByRole('button', { name: 'Save note' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The note could not be stored')
  await expect
    .element(screen.getByRole('textbox', { name: 'New note' }))
    .toHaveValue('Behind the second door')
})

test('who was slower sees what is stored now, keeps what was typed, and may replace it knowingly', async () => {
  let stored = aNote()
  const gateway = fakeGateway({
    listDeviceNotes: () => ({ notes: [stored] }),
    editDeviceNote: ({ body }) => {
      const edit = body as { body: string; revision: number }
      if (edit.revision !== stored.revision)
        return refuse(409, 'Bob changed this note meanwhile; yours was not stored')
      stored = aNote({ body: edit.body, revision: edit.revision + 1 })
      return stored
    },
  })
  const screen = await renderPage(<NotesPanel device={device} />)
  await screen.getByRole('button', { name: 'Edit the note of Ann' }).click()
  await screen.getByRole('textbox', { name: 'Note' }).fill('Mine')
  stored = aNote({ body: 'From Bob', revision: 2, editedAt: '2026-01-01T12:01:00.000Z', editedBy: 'Bob' })
  await screen.getByRole('button', { name: 'Save note' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Bob changed this note meanwhile')
  await expect.element(screen.getByText('From Bob')).toBeVisible()
  await expect.element(screen.getByRole('textbox', { name: 'Note' })).toHaveValue('Mine')
  await screen.getByRole('button', { name: 'Replace it with mine' }).click()
  await expect.element(screen.getByText('Note saved')).toBeVisible()
  expect(gateway.calls.filter(({ name }) => name === 'editDeviceNote').at(-1)?.body).toEqual({
    body: 'Mine',
    revision: 2,
  })
})

test('a note of somebody else is changed by administrators alone; a viewer only reads', async () => {
  fakeGateway({ listDeviceNotes: () => ({ notes: [aNote({ isOwn: false })] }) })
  const support = await renderPage(<NotesPanel device={device} />, { role: 'support' })
  await expect.element(support.getByText('second', { exact: true })).toBeVisible()
  await expect.element(support.getByRole('button', { name: 'Edit the note of Ann' })).not.toBeInTheDocument()
  await expect.element(support.getByRole('button', { name: 'Write a note' })).toBeVisible()
  await support.unmount()
  const viewer = await renderPage(<NotesPanel device={device} />, { role: 'viewer' })
  await expect.element(viewer.getByText('second', { exact: true })).toBeVisible()
  await expect.element(viewer.getByRole('button', { name: 'Write a note' })).not.toBeInTheDocument()
})
