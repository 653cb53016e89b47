import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { startOtherSite } from './fixtures/other-site.ts'
import { startPlainDevice } from './fixtures/plain-device.ts'
import { administrator } from './fixtures/test-gateway.ts'
import { expect, test } from './fixtures/test.ts'
import { Shell } from './pages/shell.ts'
import { SignInPage } from './pages/sign-in-page.ts'

/** What would run, load something from elsewhere or lead away, wherever it is taken for more than text. */
const script = (place: string) =>
  `${place}<script>window.pwned='${place}'</script><img src=x onerror="window.pwned='${place}'">`
const markdown = (place: string) =>
  `${script(place)}\n\n[${place} link](javascript:window.pwned='${place}')\n\n![${place}](http://elsewhere.invalid/${place}.png)\n\n<iframe src="http://elsewhere.invalid/"></iframe><svg onload="window.pwned='${place}'"></svg>`

test('a script stored in a name, tag, line, note, release note, compose file or variable is only ever text', async ({
  page,
  gateway,
}) => {
  const { api } = gateway
  const fleet = await makeFleet(api, 'Hostile words')
  const release = await api.call('createRelease', {
    params: { fleetId: fleet.id },
    body: {
      semver: '1.0.0',
      notes: markdown('release-notes'),
      composeYaml: `# ${script('compose-comment')}\nservices:\n  main:\n    image: registry.example/main:1\n    labels:\n      note: "${script('compose-label').replaceAll('"', "'")}"\n    command: "${script('compose-command').replaceAll('"', "'")}"\n`,
    },
  })
  const device = await startPlainDevice(gateway, fleet)
  const params = { uuid: device.uuid }
  await api.call('updateDevice', { params, body: { name: script('device-name').slice(0, 100) } })
  await api.call('setDeviceTag', {
    params: { ...params, key: 'site' },
    body: { value: script('tag-value').slice(0, 100) },
  })
  await api.call('createDeviceNote', { params, body: { body: markdown('device-note') } })
  await api.call('setDeviceVariable', {
    params,
    body: { kind: 'environment', name: 'HOSTILE', value: script('variable') },
  })
  await api.call('createAction', { params, body: { kind: 'reboot', reason: script('reason').slice(0, 100) } })
  await device.say([{ message: script('log-line'), timestamp: Date.now(), isSystem: true }])
  const rollout = await api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: {
      releaseId: (
        await api.call('createRelease', {
          params: { fleetId: fleet.id },
          body: {
            semver: '1.0.1',
            composeYaml: 'services:\n  main:\n    image: registry.example/main:2\n',
            isDraft: true,
          },
        })
      ).id,
      note: script('rollout-note'),
    },
  })

  const outside: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(gateway.url).origin) outside.push(request.url())
  })
  /** Each page, and the place whose text must be seen there. */
  const places: readonly [path: string, shown: string][] = [
    ['/fleets', 'Hostile words'],
    [`/fleets/${String(fleet.id)}`, 'Hostile words'],
    [`/fleets/${String(fleet.id)}/devices`, 'device-name'],
    [`/fleets/${String(fleet.id)}/releases`, '1.0.0'],
    [`/fleets/${String(fleet.id)}/settings`, 'Hostile words'],
    [`/devices/${device.uuid}`, 'device-note'],
    [`/devices/${device.uuid}`, 'tag-value'],
    [`/devices/${device.uuid}/logs`, 'log-line'],
    [`/devices/${device.uuid}/variables`, 'HOSTILE'],
    [`/devices/${device.uuid}/actions`, 'reason'],
    [`/devices/${device.uuid}/events`, 'device-name'],
    [`/devices/${device.uuid}/timeline`, 'device-name'],
    [`/devices/${device.uuid}/compare`, 'device-name'],
    [`/logs?fleetId=${String(fleet.id)}&source=system`, 'log-line'],
    [`/releases/${String(release.id)}`, 'release-notes'],
    [`/releases/${String(release.id)}`, 'compose-comment'],
    [`/rollouts/${String(rollout.id)}`, 'rollout-note'],
    [`/rollouts/${String(rollout.id)}/report`, 'Hostile words'],
    ['/audit', 'device-name'],
  ]
  for (const [path, shown] of places) {
    await page.goto(path)
    await expect(page.locator('main'), path).toContainText(shown)
    expect(await page.locator('main script, main iframe, main [onerror], main [onload]').count(), path).toBe(
      0,
    )
    expect(await page.locator('main a[href^="javascript:" i]').count(), path).toBe(0)
    expect(await page.evaluate(() => Reflect.get(window, 'pwned') as unknown), path).toBeUndefined()
  }
  // The palette shows names too.
  await page.goto('/fleets')
  await expect(page.getByRole('article', { name: 'Hostile words' })).toBeVisible()
  const shell = new Shell(page)
  await shell.openPalette()
  await shell.palette.getByRole('combobox').fill('device-name')
  await expect(shell.palette.getByRole('option').filter({ hasText: 'device-name' }).first()).toBeVisible()
  await expectAccessible(page)
  expect(await page.evaluate(() => Reflect.get(window, 'pwned') as unknown)).toBeUndefined()
  expect(outside, 'requests to other sites').toEqual([])
  // Other stories share the gateway; this rollout would tell them of its pauses.
  const abort = { rolloutId: rollout.id, verb: 'abort' } as const
  await api.call('actOnRollout', { params: abort, body: { reason: 'The story is told' } })
})

test('a form of another site writes nothing, although its visitor is signed in', async ({
  page,
  gateway,
}) => {
  const forged = 'Forged by another site'
  const body = JSON.stringify({ name: forged, deviceType: 'raspberrypi4-64', pad: '' }).split('""')
  const site = await startOtherSite(
    `<!doctype html><title>Other</title><form method="post" enctype="text/plain" action="${gateway.url}/api/v1/fleets">
     <input name='${(body[0] ?? '').slice(0, -1)}"' value='"}'></form><script>document.forms[0].submit()</script>`,
  )
  try {
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/v1/fleets'))
    await page.goto(site.url)
    expect((await answered).status()).toBeGreaterThanOrEqual(400)
    const { fleets } = await gateway.api.call('listFleets')
    expect(fleets.map(({ name }) => name)).not.toContain(forged)
  } finally {
    await site.stop()
  }
  // Nor does a script: the other site may not even read what it is answered.
  const reader = await startOtherSite('<!doctype html><title>Other</title>')
  try {
    await page.goto(reader.url)
    const read = await page.evaluate(
      (url) =>
        fetch(`${url}/api/v1/fleets`, { credentials: 'include' }).then(
          () => 'read',
          () => 'kept from it',
        ),
      gateway.url,
    )
    expect(read).toBe('kept from it')
  } finally {
    await reader.stop()
  }
})

test('another site cannot draw the dashboard inside its own page', async ({ page, gateway, pageErrors }) => {
  const site = await startOtherSite(
    `<!doctype html><title>Other</title><iframe src="${gateway.url}/fleets" width="800" height="600"></iframe>`,
  )
  try {
    const framed = page.waitForEvent('frameattached')
    await page.goto(site.url)
    const frame = await framed
    // The browser says why, which for a page of ours would be a fault.
    await expect.poll(() => pageErrors.join()).toContain('frame-ancestors')
    pageErrors.length = 0
    // What stands there instead is the browser's own.
    await expect.poll(() => frame.url()).toMatch(/^chrome-error:/)
    const answer = await page.request.get(`${gateway.url}/fleets`)
    expect(answer.headers()['content-security-policy']).toContain("frame-ancestors 'none'")
  } finally {
    await site.stop()
  }
})

test.describe('before sign-in', () => {
  test.use({ role: null })

  test('a session that somebody planted is not the one that signing in opens', async ({
    page,
    context,
    gateway,
  }) => {
    const planted = 'planted-by-somebody-else'
    await context.addCookies([{ name: 'wheelhouse_session', value: planted, url: gateway.url }])
    await page.goto('/sign-in')
    await new SignInPage(page).signIn(administrator)
    await new Shell(page).expectConnection('Live')
    const own = (await context.cookies()).filter(({ name }) => name === 'wheelhouse_session')
    expect(own).toHaveLength(1)
    expect(own[0]?.value).not.toBe(planted)
    expect(own[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    const answer = await fetch(`${gateway.url}/api/v1/me`, {
      headers: { cookie: `wheelhouse_session=${planted}` },
    })
    expect(answer.status).toBe(401)
  })

  for (const next of [
    'https://elsewhere.invalid/',
    '//elsewhere.invalid/',
    '/\\elsewhere.invalid/',
    '/\t/elsewhere.invalid/',
    '/.//elsewhere.invalid/',
    'javascript:alert(1)',
  ])
    test(`signing in does not lead to ${JSON.stringify(next)}`, async ({ page, gateway }) => {
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`)
      // By a link: signing in is limited by address, and these stories share one.
      const users = await gateway.api.call('listUsers')
      const { url } = await gateway.api.call('createSignInLink', {
        params: { userId: users.users[0]?.id ?? 0 },
      })
      const other = await page.context().newPage()
      await other.goto(url)
      await other.getByRole('button', { name: 'Sign in' }).click()
      await new Shell(other).expectConnection('Live')
      await page.reload()
      await expect(page.getByRole('heading', { name: 'Fleets', level: 1 })).toBeVisible()
      expect(new URL(page.url()).origin).toBe(new URL(gateway.url).origin)
      expect(new URL(page.url()).pathname).toBe('/fleets')
    })

  test('the token of a one-time link reaches the gateway in the request that uses it, and nobody else', async ({
    page,
    gateway,
  }) => {
    const users = await gateway.api.call('listUsers')
    const { url } = await gateway.api.call('createSignInLink', {
      params: { userId: users.users[0]?.id ?? 0 },
    })
    const token = new URL(url).hash.replace('#token=', '')
    const addresses: string[] = []
    const referers: string[] = []
    page.on('request', (request) => {
      addresses.push(request.url().replace(/#.*$/, ''))
      referers.push(request.headers()['referer'] ?? '')
    })
    await page.goto(url)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await new Shell(page).expectConnection('Live')
    for (const text of [...addresses, ...referers]) expect(text).not.toContain(token)
    expect(page.url()).not.toContain(token)
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(token)
    const again = await fetch(`${gateway.url}/api/v1/session/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    expect(again.status).toBe(401)
  })
})
