import { describe, expect, test, vi } from 'vitest'
import yauzl from 'yauzl'
import { deviceApiPaths } from '#contract/device-protocol'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'
import { DeviceSocket } from '../../testing/device-socket.ts'
import { TestClient } from '../../testing/test-client.ts'

const t = deviceApiFixture()
const as = async (role: 'viewer' | 'support' | 'admin') => new TestClient(t.app, await t.app.as(role))

/** The files of a zip archive by their path inside its one folder. */
async function unpack(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const zip = await yauzl.fromBufferPromise(archive, { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
    files.set(entry.fileName.replace(/^[^/]+\//, ''), Buffer.concat(chunks).toString('utf8'))
  }
  return files
}

async function download(body: { days?: number } = {}) {
  const client = await as('support')
  const answer = await client.send('downloadDiagnostics', { params: { uuid: t.device.uuid }, body })
  expect(answer.statusCode, answer.body.slice(0, 500)).toBe(200)
  return { headers: answer.headers, files: await unpack(answer.rawPayload) }
}

const secrets = {
  fleetVariable: 'fl33t-wide "secret" value',
  overridden: 'overridden-but-known-77',
  deviceVariable: 'line one of the key\nline two of the key',
  image: 'baked-into-the-image-1',
  tag: 'wifi-psk-of-the-site',
  inDevice: 'line two of the key',
}

async function plantSecrets() {
  const admin = await as('admin')
  const { fleetId } = t.fleet
  const { uuid } = t.device
  const variable = (name: string, value: string) => ({
    kind: 'environment' as const,
    service: null,
    name,
    value,
  })
  await admin.ok('setFleetVariable', {
    params: { fleetId },
    body: variable('MQTT_PASSWORD', secrets.fleetVariable),
  })
  await admin.ok('setFleetVariable', { params: { fleetId }, body: variable('API_TOKEN', secrets.overridden) })
  await admin.ok('setDeviceVariable', {
    params: { uuid },
    body: variable('API_TOKEN', secrets.deviceVariable),
  })
  await admin.ok('setDeviceVariable', { params: { uuid }, body: variable('PLAIN', 'a plain value') })
  await admin.ok('setDeviceTag', { params: { uuid, key: 'wifi-password' }, body: { value: secrets.tag } })
  const note = `Stands behind the door\u202e, code ${secrets.tag}`
  await admin.ok('createDeviceNote', { params: { uuid }, body: { body: note } })
  await t.app.db
    .updateTable('release_image')
    .set({ environment: JSON.stringify({ LICENCE_KEY: secrets.image }) })
    .where('release_id', '=', t.release.releaseId)
    .execute()
}

const logOf = (lines: readonly string[]) =>
  lines.map((message, index) => ({ message, timestamp: t.app.clock.now().getTime() + index, isSystem: true }))

const sendLog = (body: object[]) =>
  t.calls.post(deviceApiPaths.logBatch.replace(':uuid', t.device.uuid), { key: t.device.key, body })

describe('the archive', () => {
  test('holds what is known of the device, and no secret anywhere', async () => {
    await plantSecrets()
    await t.calls.poll(t.device)
    await t.calls.report(t.device, {
      os_version: 'balenaOS 6.5.3',
      apps: t.appsOf({ main: 'Running', side: 'exited' }),
    })
    const lines = [
      'starts up',
      `login as site with ${secrets.fleetVariable}`,
      JSON.stringify({ event: 'config', token: secrets.deviceVariable, old: secrets.overridden }),
      `key of the device ${t.device.key} and ${encodeURIComponent(secrets.tag)}`,
      `licence ${Buffer.from(secrets.image).toString('base64')}`,
      'red \u001b[31malert\u001b[0m \u202egnp.exe',
    ]
    await sendLog(logOf(lines))
    await t.app.deviceApi.flush()
    const device = await new DeviceSocket(t.url, t.device).connect()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(true))
    const downloading = download()
    await vi.waitFor(() => expect(device.begun).toHaveLength(1))
    await device.result({
      status: 'done',
      message: 'Collected',
      files: [{ name: 'containers.txt', text: `main Running ${secrets.inDevice}\n` }],
    })
    const { headers, files } = await downloading
    expect(headers['content-type']).toBe('application/zip')
    expect(headers['content-disposition']).toMatch(/^attachment; filename="diagnostics-[\w-]+\.zip"$/)
    expect([...files.keys()].sort()).toEqual([
      'README.txt',
      'actions.json',
      'device.json',
      'events.ndjson',
      'from-device/containers.txt',
      'health.json',
      'health.txt',
      'logs.ndjson',
      'logs.txt',
      'metrics.json',
      'notes.md',
      'state-current.json',
      'state-target.json',
      'timeline.json',
      'variables.json',
    ])

    const known = [...Object.values(secrets), t.device.key]
    const forms = known.flatMap((value) => [
      value,
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ])
    for (const [name, text] of files)
      for (const form of forms) expect(text.includes(form), `${form} in ${name}`).toBe(false)

    const read = (name: string) => JSON.parse(files.get(name) ?? '') as Record<string, unknown>
    expect(read('device.json')).toMatchObject({ uuid: t.device.uuid, osVersion: 'balenaOS 6.5.3' })
    expect(read('device.json')).toMatchObject({ tags: { 'wifi-password': '[masked]' } })
    expect(read('variables.json')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'API_TOKEN', scope: 'device', value: '[masked]', isEffective: true }),
        expect.objectContaining({ name: 'PLAIN', value: 'a plain value' }),
      ]),
    )
    expect(read('health.json')).toMatchObject({ health: 'critical' })
    expect(files.get('health.txt')).toContain('service-not-running')
    expect(files.get('state-target.json')).toContain('"MQTT_PASSWORD": "[masked]"')
    expect(files.get('actions.json')).toContain('collect-diagnostics')
    expect(files.get('from-device/containers.txt')).toBe('main Running [masked]\n')
    const stored = (files.get('logs.ndjson') ?? '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: string })
    expect(stored.map((line) => line.message)).toEqual(
      expect.arrayContaining(['starts up', 'login as site with [masked]']),
    )
    expect(files.get('logs.txt')).toContain('red \\u{1b}[31malert\\u{1b}[0m \\u{202e}gnp.exe')
    expect(files.get('notes.md')).toContain('Stands behind the door\\u{202e}, code [masked]')
    const readme = files.get('README.txt') ?? ''
    expect(readme).toContain('Asked and answered')
    expect(readme).toContain(`${lines.length} lines, the newest of the range, all of it`)
    for (const name of files.keys()) if (name !== 'README.txt') expect(readme).toContain(name)
  })

  test('of a device that is away says so, and holds what it told before', async () => {
    const { files } = await download()
    expect(files.get('README.txt')).toContain('it has told nothing before either')
    const device = await new DeviceSocket(t.url, t.device).connect()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(true))
    const downloading = download()
    await vi.waitFor(() => expect(device.begun).toHaveLength(1))
    await device.result({ status: 'done', message: '', files: [{ name: 'device.txt', text: 'uptime 3 d' }] })
    expect((await downloading).files.get('from-device/device.txt')).toBe('uptime 3 d')
    device.socket.disconnect()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(false))
    const later = await download()
    expect(later.files.get('from-device/device.txt')).toBe('uptime 3 d')
    expect(later.files.get('README.txt')).toContain(
      'could not be reached when this was made; what is here it told',
    )
  })

  test('reaches back as many days as asked', async () => {
    await sendLog(logOf(['long ago']))
    await t.app.deviceApi.flush()
    t.app.clock.advance(4 * 86_400_000)
    await sendLog(logOf(['lately']))
    await t.app.deviceApi.flush()
    expect((await download()).files.get('logs.txt')).not.toContain('long ago')
    const { files } = await download({ days: 5 })
    expect(files.get('logs.txt')).toContain('long ago')
    expect(files.get('logs.txt')).toContain('lately')
  })

  test('is made although a part cannot be read, and says which', async () => {
    await t.app.db.schema.alterTable('metric').renameTo('metric_elsewhere').execute()
    const { files } = await download().finally(() =>
      t.app.db.schema.alterTable('metric_elsewhere').renameTo('metric').execute(),
    )
    expect(files.get('metrics.json')).toContain('could not be read')
    expect(files.get('README.txt')).toMatch(/metrics\.json +missing: it could not be read/)
    expect(files.get('device.json')).toContain(t.device.uuid)
  })
})

test('it needs the role support and a device; it is in the audit log', async () => {
  const params = { uuid: t.device.uuid }
  await (await as('viewer')).refused('downloadDiagnostics', 403, { params, body: {} })
  await (
    await as('support')
  ).refused('downloadDiagnostics', 404, { params: { uuid: 'a'.repeat(32) }, body: {} })
  await (await as('support')).refused('downloadDiagnostics', 400, { params, body: { days: 31 } })
  await download()
  const entry = await t.app.db
    .selectFrom('audit_entry')
    .selectAll()
    .where('action', '=', 'device.diagnostics')
    .where('subject_id', '=', t.device.uuid)
    .executeTakeFirstOrThrow()
  expect(entry.summary).toContain('Downloaded diagnostics of')
})
