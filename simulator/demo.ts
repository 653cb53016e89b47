/**
 * `npm run demo`: the gateway on a folder of its own, three fleets with releases, and 320 virtual devices in a process
 * of their own. Every start begins afresh; Ctrl-C stops everything.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { composeOf, demoFleets, type DemoFleet, type DemoRelease } from './demo/demo-fleets.ts'
import { DemoError, freePort, freshFolder, startGateway } from './demo/demo-gateway.ts'
import { RestClient } from './demo/rest-client.ts'

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const HOST = '127.0.0.1'
const WANTED_PORT = 8080
const SPEED = 6
const SEED = process.env['WHEELHOUSE_DEMO_SEED'] ?? 'demo'
const folder = path.resolve(process.env['WHEELHOUSE_DEMO_DATA'] ?? '.wheelhouse-demo')
const POLL_INTERVAL_MS = 10_000
const LOOK_EVERY_MS = 1_000
const SETTLED_SHARE = 0.9
const WAIT_AT_MOST_MS = 60_000
const STOP_WITHIN_MS = 15_000
const person = { name: 'Demo administrator', email: 'demo@wheelhouse.example' }

const say = (line: string) => process.stdout.write(`${line}\n`)
const children: ChildProcess[] = []
let isStopping = false

/** Stops what this program started; whoever asks twice does not wait. */
function stop(code: number): void {
  const living = children.filter((child) => child.exitCode === null && child.signalCode === null)
  if (isStopping) {
    for (const child of living) child.kill('SIGKILL')
    process.exit(1)
  }
  isStopping = true
  const force = setTimeout(() => living.forEach((child) => child.kill('SIGKILL')), STOP_WITHIN_MS)
  for (const child of living) child.kill('SIGTERM')
  void Promise.all(living.map((child) => new Promise((resolve) => child.once('exit', resolve)))).then(() => {
    clearTimeout(force)
    process.exit(code)
  })
}

/** One program without the other is of no use. */
function watch(child: ChildProcess, name: string): void {
  children.push(child)
  child.once('exit', (code, signal) => {
    if (isStopping) return
    process.stderr.write(`${name} ended (${signal ?? `code ${code ?? 'none'}`}); the demo stops.\n`)
    stop(1)
  })
}

async function makeRelease(
  api: RestClient,
  fleetId: number,
  fleet: DemoFleet,
  release: DemoRelease,
  isDraft: boolean,
) {
  const { semver, notes } = release
  return api.call('createRelease', {
    params: { fleetId },
    body: { semver, notes, isDraft, ...composeOf(fleet, release) },
  })
}

type MadeFleet = { fleet: DemoFleet; fleetId: number; nextId: number; draftId: number; specs: string[] }

/** A fleet whose devices run the first release, with a second one ready to be sent and a draft. */
async function makeFleet(api: RestClient, fleet: DemoFleet): Promise<MadeFleet> {
  const { id: fleetId } = await api.call('createFleet', {
    body: { name: fleet.name, deviceType: fleet.deviceType },
  })
  const first = await makeRelease(api, fleetId, fleet, fleet.first, false)
  await api.call('updateFleet', {
    params: { fleetId },
    body: { policy: { kind: 'pinned', releaseId: first.id } },
  })
  const next = await makeRelease(api, fleetId, fleet, fleet.next, false)
  const draft = await makeRelease(api, fleetId, fleet, fleet.draft, true)
  const key = await api.call('createProvisioningKey', { params: { fleetId }, body: { name: 'Demo devices' } })
  const specs = fleet.groups.map((group) => `${fleetId}:${key.secret}:${group.deviceType}:${group.count}`)
  return { fleet, fleetId, nextId: next.id, draftId: draft.id, specs }
}

function startDevices(url: string, fleets: readonly MadeFleet[]): ChildProcess {
  const flags = ['--url', url, '--seed', SEED, '--speed', String(SPEED), '--scenario', 'demo', '--preloaded']
  return spawn(process.execPath, [path.join(dist, 'simulator/main.js'), ...flags], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Ctrl-C reaches this program alone, which stops the others once and in good order.
    detached: true,
    // Keys are secrets: in the environment, not in the list of processes.
    env: { ...process.env, WHEELHOUSE_SIMULATOR_GROUPS: fleets.flatMap((fleet) => fleet.specs).join(',') },
  })
}

/** Waits until most devices run their release, so that what is sent then is seen to reach them. */
async function waitForDevices(api: RestClient, total: number): Promise<void> {
  const until = Date.now() + WAIT_AT_MOST_MS
  while (Date.now() < until && !isStopping) {
    const { fleets } = await api.call('listFleets', {})
    const running = fleets
      .flatMap((fleet) => fleet.releaseSpread)
      .reduce((sum, part) => sum + (part.release === null ? 0 : part.count), 0)
    if (running >= total * SETTLED_SHARE) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** Something that moves, and one device with a bad service. */
async function beginStory(api: RestClient, fleets: readonly MadeFleet[]): Promise<string[]> {
  const [kiosks, , drones] = fleets
  if (!kiosks || !drones) return []
  await api.call('createRollout', {
    params: { fleetId: kiosks.fleetId },
    body: {
      releaseId: kiosks.nextId,
      note: 'Contactless payment for everyone, a few at a time.',
      plan: {
        phases: [
          { name: 'First units', reach: { kind: 'percent', percent: 5 }, soakSeconds: 20 },
          { name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 20 },
        ],
        maxUpdating: 8,
        includesPinned: false,
      },
    },
  })
  const said = [`Rollout of ${kiosks.fleet.next.semver} to ${kiosks.fleet.name} has begun.`]
  const uuid = await findDevice(api, drones.fleetId, 'raspberrypi5')
  if (uuid !== null) {
    await api.call('pinDevice', { params: { uuid }, body: { releaseId: drones.nextId } })
    said.push(
      `One of ${drones.fleet.name} is pinned to ${drones.fleet.next.semver}, whose navigator crashes on it.`,
    )
  }
  return said
}

async function findDevice(api: RestClient, fleetId: number, deviceType: string): Promise<string | null> {
  const query = { fleetId: String(fleetId), deviceType, health: 'ok', sort: 'name' }
  const page = await api.call('listDevices', {}, query)
  return page.rows[0]?.uuid ?? null
}

function showBox(url: string, link: string, password: string): void {
  const lines = [
    `Wheelhouse runs on ${url}`,
    '',
    'Sign in, once, within an hour:',
    link,
    '',
    `Later, or in another browser, sign in as ${person.email}`,
    `with the password ${password}`,
    '',
    'Ctrl-C stops the gateway and the devices. The next start begins afresh.',
  ]
  const width = Math.max(...lines.map((line) => line.length))
  say(`┌─${'─'.repeat(width)}─┐`)
  for (const line of lines) say(`│ ${line.padEnd(width)} │`)
  say(`└─${'─'.repeat(width)}─┘`)
}

async function main(): Promise<void> {
  await freshFolder(folder)
  const port = await freePort(HOST, WANTED_PORT)
  if (port !== WANTED_PORT) say(`Port ${WANTED_PORT} is taken; this demo listens on ${port}.`)
  const url = `http://${HOST}:${port}`
  say(`Starting the gateway on a fresh folder ${path.relative(process.cwd(), folder) || folder} …`)
  const { child, setupToken } = await startGateway(path.join(dist, 'server/main.js'), {
    HOST,
    PORT: String(port),
    WHEELHOUSE_DATA: folder,
    DATABASE_URL: '',
    PUBLIC_URL: '',
    LOG_LEVEL: 'warn',
    WHEELHOUSE_POLL_INTERVAL_MS: String(POLL_INTERVAL_MS),
    WHEELHOUSE_METRIC_SPACING_SECONDS: '10',
  })
  watch(child, 'The gateway')
  const api = new RestClient(url)
  const password = randomBytes(9).toString('base64url')
  const me = await api.setUp(setupToken, { ...person, password })
  const fleets = []
  for (const fleet of demoFleets) fleets.push(await makeFleet(api, fleet))
  const total = demoFleets.flatMap((fleet) => fleet.groups).reduce((sum, group) => sum + group.count, 0)
  say(`Starting ${total} virtual devices in ${demoFleets.length} fleets …`)
  watch(startDevices(url, fleets), 'The virtual devices')
  const link = await api.call('createSignInLink', { params: { userId: me.user.id } })
  showBox(url, link.url, password)
  await waitForDevices(api, total)
  for (const line of await beginStory(api, fleets)) say(line)
}

process.on('SIGINT', () => stop(0))
process.on('SIGTERM', () => stop(0))
main().catch((error: unknown) => {
  const text =
    error instanceof DemoError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error)
  process.stderr.write(`${text}\n`)
  stop(1)
})
