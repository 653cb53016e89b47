import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { SourceDevice, SourceFleet, SourcePage, SourceRelease } from '../sources/fleet-source.ts'
import { checkedDevice, checkedRelease } from './source-shapes.ts'
import type { SourceScene } from './source-scene.ts'

/** Reads a list to its end. */
export async function allPages<T>(read: (after: string | null) => Promise<SourcePage<T>>): Promise<T[]> {
  const items: T[] = []
  let after: string | null = null
  do {
    const page: SourcePage<T> = await read(after)
    items.push(...page.items)
    after = page.next
  } while (after !== null)
  return items
}

/** No device and no fleet has this uuid. */
export const NOBODY = 'f'.repeat(32)

/** One scene for all tests of a suite, and how they look at it. */
class SourceUnderTest {
  scene!: SourceScene

  get source() {
    return this.scene.source
  }
  get facts() {
    return this.scene.facts
  }

  releases(): Promise<SourceRelease[]> {
    return allPages((after) => this.source.releases(this.facts.fleet.uuid, after))
  }
  async fleet(): Promise<SourceFleet> {
    const found = (await this.source.fleets()).find(({ uuid }) => uuid === this.facts.fleet.uuid)
    if (!found) throw new Error('the fleet is not there')
    return found
  }
  async device(uuid: string): Promise<SourceDevice> {
    const found = await this.source.device(uuid)
    if (!found) throw new Error('the device is not there')
    return found
  }

  /** Looks until it is so. */
  until<T>(look: () => Promise<T>) {
    return expect.poll(look, { interval: this.scene.lookEveryMs })
  }
  /** All that changed after a position, page by page. */
  async changesAfter(from: string) {
    this.scene.passTime()
    const all = { devices: [] as SourceDevice[], releases: [] as SourceRelease[], position: from }
    for (;;) {
      const { devices, releases, position, isMore, isResync } = await this.source.changes(all.position)
      expect(isResync).toBe(false)
      all.devices.push(...devices.map(checkedDevice))
      all.releases.push(...releases.map(checkedRelease))
      all.position = position
      if (!isMore) return all
    }
  }
  /** Follows the changes after a position until a device is told that is as wanted; answers the position after it. */
  async changesUntil(from: string, isWanted: (device: SourceDevice) => boolean): Promise<string> {
    let position = from
    await this.until(async () => {
      const changes = await this.changesAfter(position)
      position = changes.position
      return changes.devices.some(isWanted)
    }).toBe(true)
    return position
  }
  /** The services of a release as a device reports them, with images as it is told them. */
  async reported(commit: string, status: string, percent?: number) {
    const release = (await this.releases()).find((one) => one.commit === commit)
    return Object.fromEntries(
      (release?.images ?? []).map(({ service, image }) => [
        service,
        { image, status, ...(percent === undefined ? {} : { download_progress: percent }) },
      ]),
    )
  }
}
export type { SourceUnderTest }

/** Call at the top of a suite. */
export function sourceUnderTest(open: () => Promise<SourceScene>): SourceUnderTest {
  const on = new SourceUnderTest()
  beforeAll(async () => {
    on.scene = await open()
  })
  afterAll(() => on.scene.close())
  afterEach(() => on.scene.expectNothingUnexpected())
  return on
}
