import { expect, test } from 'vitest'
import { CannotDo, SourceFailure } from '../sources/source-failure.ts'
import { NOBODY, type SourceUnderTest } from './source-under-test.ts'

/** What every source does when it is told to, and refuses. */
export function doesWhatItIsTold(on: SourceUnderTest): void {
  test('a pin is set and taken away where it is as expected, and what others pinned is respected', async () => {
    const { source, facts } = on
    const [, one, two] = facts.devices
    const [first, second, , failed] = facts.commits
    const { position } = await source.changes(null)
    const pin = (uuid: string, expected: string | null, commit: string | null) =>
      source.pinDevices([{ uuid, fleetUuid: facts.fleet.uuid, expected, commit }])

    const both = [one, two].map((uuid) => ({
      ...{ uuid, fleetUuid: facts.fleet.uuid, expected: null, commit: first },
    }))
    const outcomes = await source.pinDevices([...both, { ...both[0]!, uuid: NOBODY }])
    const byUuid = (a: { uuid: string }, b: { uuid: string }) => (a.uuid < b.uuid ? -1 : 1)
    expect(outcomes.toSorted(byUuid)).toEqual(
      [one, two].map((uuid) => ({ uuid, pin: first, refusal: null })).toSorted(byUuid),
    )
    expect((await on.device(one)).pin).toBe(first)
    await on.changesUntil(position, ({ uuid, pin }) => uuid === one && pin === first)

    await on.scene.pinElsewhere(one, second)
    expect(await pin(one, first, null)).toEqual([{ uuid: one, pin: second, refusal: null }])
    expect(await pin(one, second, null)).toEqual([{ uuid: one, pin: null, refusal: null }])
    expect((await on.device(one)).pin).toBeNull()
    expect((await on.device(two)).pin).toBe(first)
    await expect(pin(one, null, 'e'.repeat(32))).rejects.toBeInstanceOf(SourceFailure)
    const [refused] = await pin(one, null, failed)
    expect(refused?.pin).toBeNull()
    expect(refused?.refusal).toBeTruthy()
    expect(await source.pinDevices([])).toEqual([])
  })

  test('a fleet is pinned to a release, and tracks the latest again', async () => {
    const { source, facts } = on
    const { uuid } = facts.fleet
    const [first, second] = facts.commits
    await source.setFleetTarget(uuid, { kind: 'pinned', commit: first })
    expect((await on.fleet()).target).toEqual({ kind: 'pinned', commit: first })
    await source.setFleetTarget(uuid, { kind: 'track-latest', commit: second })
    expect((await on.fleet()).target).toEqual({ kind: 'track-latest', commit: second })
    await expect(source.setFleetTarget(NOBODY, { kind: 'pinned', commit: first })).rejects.toBeInstanceOf(
      SourceFailure,
    )
  })

  test('what it cannot do it says, and throws when asked for it', async () => {
    const { source, facts } = on
    const missing = source.missing.map(({ ability }) => ability)
    expect(new Set(missing).size).toBe(missing.length)
    for (const { why } of source.missing) expect(why).toMatch(/^[A-Z].*\.$/)
    const request = {
      uuid: facts.devices[0],
      fleetUuid: facts.fleet.uuid,
      serviceName: null,
      isForced: false,
    }
    const attempts = {
      'device-actions': () => source.act({ ...request, kind: 'reboot' }),
      'collect-diagnostics': () => source.act({ ...request, kind: 'collect-diagnostics' }),
      'device-keys': () => source.act({ ...request, kind: 'rotate-key' }),
      'target-releases': () =>
        source.setFleetTarget(facts.fleet.uuid, { kind: 'track-latest', commit: null }),
    } as const
    for (const [ability, attempt] of Object.entries(attempts))
      if (missing.some((one) => one === ability))
        await expect(attempt(), ability).rejects.toBeInstanceOf(CannotDo)
  })

  test('an action is taken by the device, or it is said in words why not', async () => {
    const { source, facts } = on
    const [, , third] = facts.devices
    const of = { fleetUuid: facts.fleet.uuid, serviceName: null, isForced: false }
    if (source.kind === 'embedded') await source.act({ ...of, uuid: facts.devices[0], kind: 'identify' })
    else
      await expect(source.act({ ...of, uuid: third, kind: 'identify' })).rejects.toBeInstanceOf(SourceFailure)
  })

  test('a device that is removed is not there any more', async () => {
    const { source, facts } = on
    const [, , uuid] = facts.devices
    await on.scene.removeDevice(uuid)
    expect(await source.device(uuid)).toBeNull()
    expect(await source.deviceUuids()).not.toContain(uuid)
    const pin = { uuid, fleetUuid: facts.fleet.uuid, expected: null, commit: facts.commits[0] }
    expect(await source.pinDevices([pin])).toEqual([])
  })

  test('a test of the connection finds nothing wrong', async () => {
    const { isOk, steps } = await on.source.check()
    expect(isOk).toBe(true)
    expect(steps.map(({ state }) => state)).not.toContain('failed')
    expect(steps.map(({ name }) => name)).toEqual([
      ...['address', 'certificate', 'token', 'read', 'target', 'logs', 'actions'],
    ])
  })
}
