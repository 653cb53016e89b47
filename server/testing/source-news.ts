import { expect, test } from 'vitest'
import type { SourceDevice, SourceLine } from '../sources/fleet-source.ts'
import { checkedLine } from './source-shapes.ts'
import type { SourceUnderTest } from './source-under-test.ts'

const runsOf = ({ report }: SourceDevice, fleetUuid: string) => report.apps?.[fleetUuid]?.release_uuid

/** What every source tells of what happens: changes and lines. */
export function tellsWhatHappens(on: SourceUnderTest): void {
  test('a device that polls is online', async () => {
    const [uuid] = on.facts.devices
    await on.scene.poll(uuid)
    await on.until(async () => (await on.device(uuid)).connectivity).toBe('online')
    expect((await on.device(uuid)).connectivityChangedAt).toBeInstanceOf(Date)
  })

  test('what a device reports is among the changes since, and in the device', async () => {
    const { devices, commits, fleet: of } = on.facts
    const [uuid] = devices
    const { position, ...none } = await on.source.changes(null)
    expect(none).toEqual({ devices: [], releases: [], isMore: false, isResync: false })

    const running = await on.reported(commits[0], 'Running')
    const fields = { os_version: 'balenaOS 6.5.3', os_variant: 'prod', memory_total: 3_794, cpu_temp: 51 }
    const done = { release_uuid: commits[0], releases: { [commits[0]]: { services: running } } }
    await on.scene.report(uuid, { ...fields, status: 'Idle', apps: { [of.uuid]: done } })
    const next = await on.changesUntil(position, (one) => runsOf(one, of.uuid) === commits[0])
    expect((await on.device(uuid)).report).toMatchObject({
      ...fields,
      status: 'Idle',
      apps: { [of.uuid]: done },
    })

    const downloading = await on.reported(commits[1], 'Downloading', 40)
    await on.scene.report(uuid, {
      apps: {
        [of.uuid]: {
          ...done,
          releases: {
            ...done.releases,
            [commits[1]]: { update_status: 'downloading', services: downloading },
          },
        },
      },
    })
    const isUnderWay = (one: SourceDevice) =>
      one.report.apps?.[of.uuid]?.releases?.[commits[1]]?.update_status === 'downloading'
    await on.changesUntil(next, (one) => one.uuid === uuid && isUnderWay(one))
    expect((await on.device(uuid)).report.apps?.[of.uuid]).toMatchObject({
      release_uuid: commits[0],
      releases: {
        [commits[0]]: { services: running },
        [commits[1]]: { update_status: 'downloading', services: downloading },
      },
    })
  })

  test('more changes than come in one answer come in the next', async () => {
    const { devices, fleet: of } = on.facts
    const { position } = await on.source.changes(null)
    for (const [index, uuid] of devices.entries())
      await on.scene.report(uuid, { os_version: `balenaOS 6.6.${index}` })
    const told = new Map<string, unknown>()
    let from = position
    await on
      .until(async () => {
        const changes = await on.changesAfter(from)
        from = changes.position
        for (const { uuid, report, fleetUuid } of changes.devices)
          if (fleetUuid === of.uuid) told.set(uuid, report.os_version)
        return devices.map((uuid) => told.get(uuid))
      })
      .toEqual(['balenaOS 6.6.0', 'balenaOS 6.6.1', 'balenaOS 6.6.2'])
  })

  test('a release that changed is among the changes since', async () => {
    const [commit] = on.facts.commits
    let { position } = await on.source.changes(null)
    await on.scene.describeRelease(commit, 'Described anew')
    await on
      .until(async () => {
        const changes = await on.changesAfter(position)
        position = changes.position
        return changes.releases.find((one) => one.commit === commit)?.notes
      })
      .toBe('Described anew')
  })

  test('a position that is not known asks to read everything again', async () => {
    const changes = await on.source.changes('nothing of this source')
    expect(changes).toMatchObject({ devices: [], releases: [], isMore: false, isResync: true })
    expect((await on.source.changes(changes.position)).isResync).toBe(false)
  })

  test('lines are read oldest first, the newest so many', async () => {
    const [uuid] = on.facts.devices
    await on.scene.log(uuid, { message: 'one', service: 'main', isStderr: false })
    await on.scene.log(uuid, { message: 'two', service: 'side', isStderr: true })
    await on.scene.log(uuid, { message: 'three', service: null, isStderr: false })
    await on.until(async () => (await on.source.logs(uuid, 10)).length).toBe(3)
    const lines = (await on.source.logs(uuid, 10)).map(checkedLine)
    const told = ({ message, service, isStderr, isSystem }: SourceLine) => [
      message,
      service,
      isStderr,
      isSystem,
    ]
    expect(lines.map(told)).toEqual([
      ['one', 'main', false, false],
      ['two', 'side', true, false],
      ['three', null, false, true],
    ])
    expect((await on.source.logs(uuid, 1)).map(({ message }) => message)).toEqual(['three'])
    expect(await on.source.logs(on.facts.devices[1], 10)).toEqual([])
  })

  test('lines are followed as they come, after the newest, until the reader leaves', async () => {
    const [uuid] = on.facts.devices
    const lines: SourceLine[] = []
    const leave = new AbortController()
    const followed = on.source.followLogs(uuid, 2, (more) => lines.push(...more), leave.signal)
    const messages = async () => lines.map(({ message }) => message).slice(0, 2)
    await on.until(messages).toEqual(['two', 'three'])
    await on.scene.log(uuid, { message: 'four', service: 'main', isStderr: false })
    await on.until(async () => lines.map(({ message }) => message)).toEqual(['two', 'three', 'four'])
    leave.abort()
    await followed
    expect(lines.map(checkedLine)).toHaveLength(3)
  })
}
