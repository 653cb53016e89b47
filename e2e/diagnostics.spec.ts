import { readFile } from 'node:fs/promises'
import yauzl from 'yauzl'
import { expectAccessible } from './fixtures/accessibility.ts'
import { sendLines } from './fixtures/device-lines.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'

async function unpack(file: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const zip = await yauzl.fromBufferPromise(await readFile(file), { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
    files.set(entry.fileName.replace(/^[^/]+\//, ''), Buffer.concat(chunks).toString('utf8'))
  }
  return files
}

test.use({ role: 'support' })

test('one click saves an archive for a bug report, with what the device tells of itself and no secret', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Reported on')
  await makeRelease(gateway.api, fleet, { semver: '1.0.0', services: [{ name: 'sensor', version: '1.0.0' }] })
  const secret = 'not for the bug report'
  await gateway.api.call('setFleetVariable', {
    params: { fleetId: fleet.id },
    body: { kind: 'environment', service: null, name: 'MQTT_PASSWORD', value: secret },
  })
  const virtual = switchOn([{ fleet, count: 1 }])
  const [device] = virtual.devices
  if (!device) throw new Error('no device')
  await expect.poll(() => device.commit).not.toBeNull()
  await expect.poll(() => sendLines(gateway.url, device, [`signs in with ${secret}`])).toBe(true)
  await page.goto(`/devices/${device.uuid}`)
  await expect(page.getByText('open: actions reach it at once')).toBeVisible()

  const download = async () => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Diagnostics', exact: true }).click(),
    ])
    expect(file.suggestedFilename()).toMatch(/^diagnostics-[\w-]+\.zip$/)
    return unpack(await file.path())
  }
  const files = await download()
  await expect(page.getByText(/^Diagnostics of .+ saved: /)).toBeVisible()
  await expectAccessible(page)
  expect(files.get('README.txt')).toContain('Asked and answered')
  expect(files.get('from-device/containers.txt')).toContain('sensor')
  expect(files.get('logs.txt')).toContain('signs in with [masked]')
  for (const [name, text] of files) expect(text.includes(secret), name).toBe(false)

  virtual.cutNetwork()
  await expect(page.getByRole('status').filter({ hasText: 'Not heard since' })).toBeVisible()
  const later = await download()
  expect(later.get('README.txt')).toContain('could not be reached when this was made; what is here it told')
  expect(later.get('from-device/containers.txt')).toContain('sensor')
})
