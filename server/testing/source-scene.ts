import { z } from 'zod'
import type { DeviceReport } from '#contract/device-protocol'
import type { FleetSource } from '../sources/fleet-source.ts'

const three = z.tuple([z.string(), z.string(), z.string()])
/**
 * What every source is asked about: a fleet with the services main and side that tracks its second release, an empty one, three
 * devices of which the first runs the first release and has the tag site=north, and variables in all places.
 */
export const sourceFacts = z.object({
  fleet: z.object({ uuid: z.string(), name: z.string() }),
  emptyFleet: z.object({ uuid: z.string(), name: z.string() }),
  /** Oldest first: 1.0.0, 2.0.0, 3.0.0, which is a draft, and 4.0.0, which failed. */
  commits: z.tuple([z.string(), z.string(), z.string(), z.string()]),
  devices: three,
})
export type SourceFacts = z.infer<typeof sourceFacts>

export const sceneDeviceType = { slug: 'raspberrypi4-64', architecture: 'aarch64' } as const
/** A name of a configuration variable differs from place to place, so it is left to the scene. */
export const sceneVariables = {
  fleet: { RATE: '5' },
  service: { SAMPLE_SECONDS: '30' },
  device: { RATE: '7' },
  deviceService: { SAMPLE_SECONDS: '3' },
  configuration: { RESIN_SUPERVISOR_DELTA: '1' },
} as const

export type SceneLine = { message: string; service: 'main' | 'side' | null; isStderr: boolean }

/** A source, and the hands of devices and people behind it. Where a recording is replayed those do nothing: it is done. */
export type SourceScene = {
  source: FleetSource
  facts: SourceFacts
  poll: (uuid: string) => Promise<void>
  report: (uuid: string, report: DeviceReport) => Promise<void>
  log: (uuid: string, line: SceneLine) => Promise<void>
  /** Somebody pins a device by other means. */
  pinElsewhere: (uuid: string, commit: string | null) => Promise<void>
  /** Whoever made a release describes it anew. */
  describeRelease: (commit: string, notes: string) => Promise<void>
  /** Somebody deletes a device. */
  removeDevice: (uuid: string) => Promise<void>
  /** So much that a source which asks for something more rarely asks again. */
  passTime: () => void
  /** How long to wait between two looks, in milliseconds. */
  lookEveryMs: number
  /** Throws where the source asked for something that it never asks for. */
  expectNothingUnexpected: () => void
  close: () => Promise<void>
}
