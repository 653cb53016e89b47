import { expect, test } from '@playwright/test'
import { Watch, disturb, drawChaos } from './fixtures/chaos.ts'
import { makeRelease, startDevices } from './fixtures/fleets.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { readRollout, readStates, readTold, running } from './fixtures/rollouts.ts'
import { startTestGateway, type TestGateway } from './fixtures/test-gateway.ts'

/** `WHEELHOUSE_CHAOS_SEEDS=a,b,c` runs these instead. */
const seeds = (process.env.WHEELHOUSE_CHAOS_SEEDS ?? '1,2,3').split(',')

let gateway: TestGateway
test.beforeAll(async () => {
  gateway = await startTestGateway()
})
test.afterAll(() => gateway.process.dispose())

for (const seed of seeds)
  test(`chaos ${seed}: what holds of every rollout holds through kills, power cuts and pauses`, async () => {
    test.setTimeout(240_000)
    const { api } = gateway
    const chaos = drawChaos(seed)
    const { fleet, devices, next } = await setStage(
      gateway,
      (groups, options) => startDevices(gateway, groups, options),
      {
        name: `Chaos ${seed}`,
        devices: { 'raspberrypi4-64': chaos.devices },
        ...(chaos.fault ? { fault: chaos.fault } : {}),
      },
    )
    try {
      const own = await makeRelease(api, fleet, {
        semver: '0.9.0',
        services: [{ name: 'sensor', version: '0.9.0' }],
      })
      for (const { uuid } of devices.devices.slice(0, chaos.pinned))
        await api.call('pinDevice', { params: { uuid }, body: { releaseId: own.id } })
      const areSettled = async () =>
        [...(await readTold(api, fleet.id)).values()].every((one) => one.runs === one.target)
      await expect.poll(areSettled, { timeout: 60_000 }).toBe(true)
      const before = await readTold(api, fleet.id)
      const { id } = await api.call('createRollout', {
        params: { fleetId: fleet.id },
        body: { releaseId: next.id, plan: chaos.plan },
      })
      const watch = new Watch(gateway, id)
      const done = await disturb({ gateway, rolloutId: id, devices, seed }, watch)
      if (chaos.isRolledBackByHand && (await readRollout(api, id)).state === 'completed') {
        await api.call('actOnRollout', { params: { rolloutId: id, verb: 'roll-back' }, body: { reason: '' } })
        done.push(
          'roll back',
          ...(await disturb({ gateway, rolloutId: id, devices, seed: `${seed}/back` }, watch)),
        )
      }
      test.info().annotations.push({ type: 'disturbed by', description: done.join(', ') })
      expect(watch.broken).toEqual([])

      const { state, counts } = await readRollout(api, id)
      const members = await readStates(api, id)
      expect(counts.succeeded + counts.failed + counts.skipped + counts['rolled-back']).toBe(chaos.devices)
      await expect.poll(areSettled, { timeout: 60_000 }).toBe(true)
      const after = await readTold(api, fleet.id)
      if (state === 'rolled-back') expect([...after]).toEqual([...before])
      else
        for (const [uuid, member] of members)
          expect(after.get(uuid)?.target, `${uuid} ${member.state}`).toBe(
            member.state === 'skipped' ? before.get(uuid)?.target : next.commit,
          )
      // The devices themselves agree with what is told of them.
      for (const [uuid, commit] of running(devices)) expect(commit, uuid).toBe(after.get(uuid)?.target)
    } finally {
      await devices.stop()
    }
  })
