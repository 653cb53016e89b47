import { expect, test } from 'vitest'
import { deviceReport } from '#contract/device-protocol'
import { keyOf, uuidOf, type Runs } from './ingest-fleet.ts'
import { SoakFleet } from './soak-fleet.ts'

const runs = (commit: string): Runs => ({
  appUuid: 'a'.repeat(32),
  commit,
  images: [
    { name: 'sensor', image: `registry.test/sensor:${commit}` },
    { name: 'uplink', image: `registry.test/uplink:${commit}` },
  ],
})
const part = {
  fleet: { fleetId: 1, runs: runs('old') },
  from: 1,
  to: 100,
  pollMs: 1_000,
  isRoaming: false,
  nextRelease: runs('new'),
}

/** Every whole report of a device, in order, as what it says of the new release and of the one it runs. */
function told(n: number, polled: string): string[] {
  const fleet = new SoakFleet([part])
  fleet.polled(n, polled)
  const said: string[] = []
  for (let sequence = 1; sequence <= 40; sequence++) {
    const bytes = fleet.bytesOf(uuidOf(n), keyOf(n), n, sequence)
    const body = JSON.parse(bytes.slice(bytes.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>
    const app = deviceReport.parse(body[uuidOf(n)]).apps?.[runs('').appUuid]
    if (app) said.push(`${app.releases?.['new']?.update_status ?? 'nothing'}, runs ${app.release_uuid ?? ''}`)
  }
  return said.filter((words, index) => words !== said[index - 1])
}

test('a device that polled its target takes it step by step, as its reports tell', () => {
  expect(told(10, 'old')).toEqual(['nothing, runs old'])
  expect(told(10, 'new')).toEqual([
    'downloading, runs old',
    'downloaded, runs old',
    'applying changes, runs old',
    'done, runs new',
  ])
})

test('one device in twenty gives up, and stays on what it runs', () => {
  expect(told(23, 'new').at(-1)).toBe('aborted, runs old')
})

test('devices that are never heard are not driven', () => {
  const numbers = new SoakFleet([part]).devicesOf(part).map(({ n }) => n)
  expect(numbers).not.toContain(13)
  expect(numbers).toHaveLength(99)
})
