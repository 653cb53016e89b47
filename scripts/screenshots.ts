/**
 * `npm run screenshots`: starts the demo, waits until its story has begun, and writes docs/screenshots/: every page at
 * 1440 and 390 px, in light and dark. Names after the command choose pages: `npm run screenshots -- fleets device`.
 */
import { chromium, type Browser, type Page } from '@playwright/test'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { everyPage, openReady, type NamedPage } from '../e2e/fixtures/every-page.ts'
import { makeGatewayClient } from '../e2e/fixtures/gateway-client.ts'
import { chromiumArgs, findChromium } from './find-chromium.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const folder = path.join(root, 'docs/screenshots')
const widths = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]
const themes = ['light', 'dark'] as const
/** What the demo says once devices run, a rollout is under way and a service crashes. */
const STORY_HAS_BEGUN = /is pinned to/
const CRASHES_WITHIN_MS = 90_000
/** Charts and coloured walls are drawn after the data came. */
const DRAWN_AFTER_MS = 1_500

type Demo = { url: string; link: string; stop: () => Promise<void> }

async function startDemo(): Promise<Demo> {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'wheelhouse-screenshots-'))
  const child = spawn(process.execPath, [path.join(root, 'dist/simulator/demo.js')], {
    cwd: root,
    env: { ...process.env, WHEELHOUSE_DEMO_DATA: path.join(dataFolder, 'demo') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const printed = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (STORY_HAS_BEGUN.test(text)) resolve(text)
    })
    child.once('exit', () => reject(new Error(`The demo stopped:\n${text}`)))
  })
  const link = /(http:\/\/\S+\/link#\S+)/.exec(printed)?.[1]
  if (link === undefined) throw new Error(`The demo printed no link:\n${printed}`)
  return {
    url: new URL(link).origin,
    link,
    async stop() {
      child.kill('SIGTERM')
      await exited
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

async function signIn(browser: Browser, { link }: Demo): Promise<string> {
  const page = await browser.newPage()
  await page.goto(link)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/fleets')
  const [cookie] = await page.context().cookies()
  await page.close()
  if (!cookie) throw new Error('The link signed nobody in')
  return `${cookie.name}=${cookie.value}`
}

/** The pages, with the device whose service crashes in the place of any device. */
async function choosePages(url: string, cookie: string): Promise<NamedPage[]> {
  const api = makeGatewayClient(url, { cookie })
  const until = Date.now() + CRASHES_WITHIN_MS
  let crashing
  do {
    const { rows } = await api.call('listDevices', { query: { pinned: true, reason: 'service-crash-loop' } })
    crashing = rows[0]
    if (!crashing) await new Promise((resolve) => setTimeout(resolve, 1_000))
  } while (!crashing && Date.now() < until)
  const { rows: rollouts } = await api.call('listRollouts')
  const pages = await everyPage(api, rollouts[0]?.id ?? 0)
  const uuid = crashing?.uuid
  return pages.map((one) =>
    uuid === undefined
      ? one
      : { ...one, path: one.path.replace(/^\/devices\/[0-9a-f]+/, `/devices/${uuid}`) },
  )
}

async function shoot(page: Page, name: string, width: number, theme: string): Promise<void> {
  await page.waitForTimeout(DRAWN_AFTER_MS)
  const file = path.join(folder, `${name}-${String(width)}-${theme}.png`)
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' })
  process.stdout.write(`${path.relative(root, file)}\n`)
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('There is no Chromium; see scripts/find-chromium.ts')
mkdirSync(folder, { recursive: true })
const wanted = new Set(process.argv.slice(2))
const demo = await startDemo()
const browser = await chromium.launch({ executablePath, args: chromiumArgs })
try {
  const cookie = await signIn(browser, demo)
  const pages = (await choosePages(demo.url, cookie)).filter(
    ({ name }) => wanted.size === 0 || wanted.has(name),
  )
  for (const viewport of widths) {
    for (const theme of themes) {
      const context = await browser.newContext({
        viewport,
        colorScheme: theme,
        baseURL: demo.url,
        locale: 'en-GB',
      })
      const page = await context.newPage()
      if (wanted.size === 0 || wanted.has('sign-in')) {
        await page.goto('/sign-in')
        await shoot(page, 'sign-in', viewport.width, theme)
      }
      const [name = '', ...value] = cookie.split('=')
      await context.addCookies([{ name, value: value.join('='), url: demo.url }])
      for (const one of pages) {
        await openReady(page, one)
        await shoot(page, one.name, viewport.width, theme)
      }
      await context.close()
    }
  }
} finally {
  await browser.close()
  await demo.stop()
}
