import { expect, test } from 'vitest'
import type { SourceDevice, SourceFleet, SourceVariable } from '../sources/fleet-source.ts'
import { sceneDeviceType, sceneVariables } from './source-scene.ts'
import { checkedDevice, checkedFleet, checkedRelease } from './source-shapes.ts'
import { allPages, NOBODY, type SourceUnderTest } from './source-under-test.ts'

/** What every source lists. */
export function listsWhatThereIs(on: SourceUnderTest): void {
  test('fleets have their device type, services and target', async () => {
    const { facts } = on
    const found = (await on.source.fleets()).map(checkedFleet)
    const [first, second] = [facts.fleet, facts.emptyFleet].map(({ uuid }) =>
      found.find((one) => one.uuid === uuid),
    )
    expect(first).toMatchObject({
      name: facts.fleet.name,
      deviceType: sceneDeviceType,
      target: { kind: 'track-latest', commit: facts.commits[1] },
    } satisfies { [K in keyof SourceFleet]?: unknown })
    expect(first?.services.toSorted()).toEqual(['main', 'side'])
    expect(second).toMatchObject({ services: [], target: { kind: 'track-latest', commit: null } })
  })

  test('releases of a fleet come oldest first, each once, with what they are made of', async () => {
    const { facts } = on
    const found = (await on.releases()).map(checkedRelease)
    const versions = ['1.0.0', '2.0.0', '3.0.0', '4.0.0']
    expect(found.map(({ commit }) => commit)).toEqual(facts.commits)
    expect(found.map(({ status }) => status)).toEqual(['final', 'final', 'draft', 'failed'])
    expect(found.map(({ semver }) => semver.slice(0, 5))).toEqual(versions)
    expect(found.map(({ notes }) => notes)).toEqual(versions.map((of) => `Notes of ${of}`))
    expect(found.map(({ finalisedAt }) => finalisedAt === null)).toEqual([false, false, true, true])
    expect(found.map(({ failureReason }) => failureReason === null)).toEqual([true, true, true, false])
    const times = found.map(({ createdAt }) => createdAt.getTime())
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    for (const { fleetUuid, images } of found) {
      expect(fleetUuid).toBe(facts.fleet.uuid)
      expect(images.map(({ service, sizeBytes }) => [service, sizeBytes]).toSorted()).toEqual([
        ['main', 41_200_000],
        ['side', 1_000],
      ])
    }
    expect(await allPages((after) => on.source.releases(facts.emptyFleet.uuid, after))).toEqual([])
  })

  test('devices are listed page by page, each once, as they are by themselves', async () => {
    const { facts } = on
    const found = (await allPages<SourceDevice>((after) => on.source.devices(after))).map(checkedDevice)
    const uuids = found.map(({ uuid }) => uuid)
    expect(new Set(uuids).size).toBe(uuids.length)
    expect(uuids).toEqual(expect.arrayContaining([...facts.devices]))
    expect((await on.source.deviceUuids()).toSorted()).toEqual(uuids.toSorted())
    const first = await on.device(facts.devices[0])
    expect(found.find(({ uuid }) => uuid === first.uuid)).toEqual(first)
    expect(first).toMatchObject({
      fleetUuid: facts.fleet.uuid,
      deviceType: sceneDeviceType,
      pin: null,
      tags: { site: 'north' },
    })
    expect(await on.source.device(NOBODY)).toBeNull()
  })

  test('variables say where they are set', async () => {
    const { fleet: ofFleet, device: ofDevice, ...more } = sceneVariables
    const made = (
      values: Record<string, string>,
      place: Pick<SourceVariable, 'kind' | 'deviceUuid' | 'service'>,
    ) =>
      Object.entries(values).map(([name, value]) => ({
        fleetUuid: on.facts.fleet.uuid,
        ...place,
        name,
        value,
      }))
    const [deviceUuid] = on.facts.devices
    const kind = 'environment'
    const inOrder = (variables: SourceVariable[]) =>
      variables
        .map(({ kind, fleetUuid, deviceUuid, service, name, value }) =>
          JSON.stringify([kind, fleetUuid, deviceUuid, service, name, value]),
        )
        .toSorted()
    expect(inOrder(await on.source.variables(on.facts.fleet.uuid))).toEqual(
      inOrder([
        ...made(ofFleet, { kind, deviceUuid: null, service: null }),
        ...made(more.service, { kind, deviceUuid: null, service: 'main' }),
        ...made(more.configuration, { kind: 'configuration', deviceUuid: null, service: null }),
        ...made(ofDevice, { kind, deviceUuid, service: null }),
        ...made(more.deviceService, { kind, deviceUuid, service: 'main' }),
      ]),
    )
    expect(await on.source.variables(on.facts.emptyFleet.uuid)).toEqual([])
  })
}
