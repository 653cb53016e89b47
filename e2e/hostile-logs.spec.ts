import { sendLines } from './fixtures/device-lines.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { LogPage } from './pages/log-page.ts'

const long = `${'x'.repeat(9_991)} the end.`
/** What a device writes, and what of it is read on the page. */
const lines: { written: string; shown: string }[] = [
  { written: 'colour \u001b[31;1mred\u001b[0m plain', shown: 'colour red plain' },
  { written: 'clear \u001b[2J\u001b[Hscreen', shown: 'clear ⟨ESC⟩⟨ESC⟩screen' },
  { written: 'title \u001b]0;pwned\u0007 set', shown: 'title ⟨ESC⟩ set' },
  {
    written: 'link \u001b]8;;javascript:alert(1)\u001b\\here\u001b]8;;\u001b\\',
    shown: 'link ⟨ESC⟩here⟨ESC⟩',
  },
  {
    written: 'photo\u202Egnp.exe \u2066isolated\u2069 \u200Fmark',
    shown: 'photo⟨202E⟩gnp.exe ⟨2066⟩isolated⟨2069⟩ ⟨200F⟩mark',
  },
  { written: '<script>window.pwned = 1</script>', shown: '<script>window.pwned = 1</script>' },
  { written: '<img src=x onerror="window.pwned = 1">', shown: '<img src=x onerror="window.pwned = 1">' },
  {
    written: '<style>*{display:none}</style><a href="javascript:pwned=1">a</a>',
    shown: '<style>*{display:none}</style>',
  },
  { written: 'bell\u0007 back\bspace \u007f \u009b5n end', shown: 'bell⟨BEL⟩ back⟨BS⟩space ⟨DEL⟩ ⟨ESC⟩ end' },
  {
    written: 'rubbish \uFFFD\uFFFD \uFEFF ␀ \u2028 tail',
    shown: 'rubbish \uFFFD\uFFFD ⟨FEFF⟩ ␀ ⟨2028⟩ tail',
  },
  { written: '{"msg":"<b>json</b>","k\\u202e":"\\u001b[2Jv"}', shown: '<b>json</b>' },
  { written: long, shown: '8,000 more characters' },
]

for (const width of [1440, 390]) {
  test(`hostile lines are text and nothing else, ${width} px wide`, async ({ page, gateway, switchOn }) => {
    await page.setViewportSize({ width, height: 900 })
    const fleet = await makeFleet(gateway.api, `Hostile at ${width}`)
    const { devices } = switchOn([{ fleet, count: 1 }])
    const [device] = devices
    if (!device) throw new Error('no device')
    const written = ['hostile NUL \u0000 byte', ...lines.map((line) => line.written)]
    // A batch holds ten lines.
    for (const batch of [written.slice(0, 7), written.slice(7)])
      await expect.poll(() => sendLines(gateway.url, device, batch)).toBe(true)
    const logs = new LogPage(page)
    await logs.open(`?fleetId=${fleet.id}&source=system`)
    for (const { shown } of lines) await expect(logs.lines, shown).toContainText(shown)
    await expect(logs.lines).toContainText('hostile NUL')

    expect(await logs.lines.locator('script, img, style, a, b').count()).toBe(0)
    expect(await page.evaluate(() => Reflect.get(window, 'pwned') as unknown)).toBeUndefined()
    await expect(page).toHaveTitle(/Logs/)
    const text = (await logs.lines.textContent()) ?? ''
    expect(text).not.toMatch(
      /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/,
    )

    const hasNoOverflow = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)
    expect(await hasNoOverflow()).toBe(true)
    await page.getByRole('button', { name: 'Wrap' }).click()
    expect(await hasNoOverflow()).toBe(true)
    await page.getByText('8,000 more characters').first().click()
    await expect(page.getByRole('dialog')).toContainText('the end.')
    expect(await hasNoOverflow()).toBe(true)
  })
}
