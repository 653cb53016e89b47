import { actionStates, type Action } from '#contract/device-action'
import { ActionStory, blows, judge, letTimePass, steps } from './fixtures/action-story.ts'
import { makeFleet, makeRelease, startDevices } from './fixtures/fleets.ts'
import { expect, test } from '@playwright/test'
import { startTestGateway, type TestGateway } from './fixtures/test-gateway.ts'

const ACTIONS = 40
const DEVICES = 6
const KILLS = 5
/** `WHEELHOUSE_ACTION_SEEDS=a,b,c` runs these instead. */
const seeds = (process.env.WHEELHOUSE_ACTION_SEEDS ?? '1,2').split(',')

let gateway: TestGateway
test.beforeAll(async () => {
  gateway = await startTestGateway()
})
test.afterAll(() => gateway.process.dispose())

async function setStage(name: string, count: number) {
  const fleet = await makeFleet(gateway.api, name)
  await makeRelease(gateway.api, fleet, {
    semver: '1.0.0',
    services: [{ name: 'sensor', version: '1.0.0' }],
  })
  const devices = startDevices(gateway, [{ fleet, count }], { seed: name, speed: 20 })
  const open = async () => {
    const { rows } = await gateway.api.call('listDevices', { query: { fleetId: fleet.id } })
    const details = await Promise.all(
      rows.map(({ uuid }) => gateway.api.call('getDevice', { params: { uuid } })),
    )
    return details.filter(({ device }) => device.hasActionChannel && device.currentRelease !== null).length
  }
  await expect.poll(open, { timeout: 60_000 }).toBe(count)
  return devices
}

const tally = (actions: readonly Action[]) =>
  actionStates
    .map((state) => `${actions.filter((action) => action.state === state).length} ${state}`)
    .join(', ')

for (const seed of seeds)
  test(`seed ${seed}: whatever breaks, an action is done once, or not at all and said so`, async () => {
    test.setTimeout(300_000)
    const devices = await setStage(`Once ${seed}`, DEVICES)
    const story = new ActionStory(gateway, devices, { seed, kills: KILLS, longShare: 0.5 })
    try {
      await story.run(ACTIONS)
      const all = await story.settle()
      const actions = [...all.values()].flat()
      test.info().annotations.push({
        type: `seed ${seed}`,
        description: `${tally(actions)}; ${story.told.join('; ')}`,
      })
      expect(judge(all, story.promised), story.told.join('\n')).toEqual([])
      // Of a story that never went well nothing could be concluded.
      expect(actions.filter((action) => action.state === 'done').length).toBeGreaterThan(DEVICES)
    } finally {
      await devices.stop()
    }
  })

test('at each step of an action each blow: it is done once, but where the power goes in the middle', async () => {
  test.setTimeout(240_000)
  const devices = await setStage('Struck', 1)
  const [device] = devices.devices
  if (!device) throw new Error('no device')
  const story = new ActionStory(gateway, devices, { seed: 'struck', kills: steps.length, longShare: 0 })
  try {
    for (const blow of blows)
      for (const step of steps) {
        const { state, message, commandId } = await story.askStruck(device, 'purge', step, blow)
        const isCut = blow === 'power' && step === 'begun'
        expect
          .soft([state, device.executions.get(commandId) ?? 0], `${blow} once ${step}: ${message ?? ''}`)
          .toEqual(isCut ? ['failed', 0] : ['done', 1])
        if (isCut) expect(message).toContain('may not be finished')
      }
  } finally {
    await devices.stop()
  }
})

test('what expired while the device was away is not done when it is back, though the gateway died meanwhile', async () => {
  const devices = await setStage('Too late', 1)
  const [device] = devices.devices
  if (!device) throw new Error('no device')
  try {
    const ask = (kind: 'reboot' | 'identify') =>
      gateway.api.call('createAction', { params: { uuid: device.uuid }, body: { kind } })
    const read = async (id: number) =>
      (await gateway.api.call('listActions', { params: { uuid: device.uuid } })).actions.find(
        (action) => action.id === id,
      )
    devices.cutNetwork()
    const late = await ask('reboot')
    await gateway.process.kill()
    await letTimePass(gateway, 20)
    await gateway.process.start()
    await expect.poll(async () => (await read(late.id))?.state).toBe('expired')
    devices.restoreNetwork()
    // What is asked after it is done, so the device has had its turn.
    const next = await ask('identify')
    await expect.poll(async () => (await read(next.id))?.state).toBe('done')
    expect((await read(late.id))?.state).toBe('expired')
    expect([...device.executions]).toEqual([[next.commandId, 1]])
  } finally {
    await devices.stop()
  }
})
